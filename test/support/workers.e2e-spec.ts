import { afterEach, describe, expect, test } from '@jest/globals';
import { becomes, isAlive } from './alive.js';
import { spawnWorker } from './workers.js';
import type { Worker } from './workers.js';
import type { EchoMethods } from './echo.worker.js';
import type { OrphansMethods } from './orphans.worker.js';

const running: Worker<EchoMethods>[] = [];

function start(env?: Record<string, string>): Worker<EchoMethods> {
  const worker = spawnWorker<EchoMethods>('support/echo.worker.ts', env);
  running.push(worker);
  return worker;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.stop()));
});

describe('a worker', () => {
  test('answers calls, in another process', async () => {
    const worker = start();
    expect(await worker.call('echo', 'hello')).toBe('hello');
    expect(worker.pid).not.toBe(process.pid);
  });

  test('carries what JSON would lose', async () => {
    const value = { at: new Date(0), big: 12n, seeds: new Map([['oak', 1]]), nothing: undefined };
    expect(await start().call('echo', value)).toEqual(value);
  });

  test('answers a quick call before a slow one', async () => {
    const worker = start();
    const order: string[] = [];
    const slow = worker.call('later', 'slow', 150).then((value) => order.push(value));
    const quick = worker.call('later', 'quick', 1).then((value) => order.push(value));
    await Promise.all([slow, quick]);
    expect(order).toEqual(['quick', 'slow']);
  });

  test('gets the variables it is given', async () => {
    const worker = start({ SEED: 'acorn' });
    expect(await worker.call('variable', 'SEED')).toBe('acorn');
    expect(await worker.call('variable', 'NODE_OPTIONS')).toBe(process.env.NODE_OPTIONS);
  });

  test('rejects a call whose method throws, with its message and where it was thrown', async () => {
    const failure = start().call('fail', 'no seeds');
    await expect(failure).rejects.toThrow('no seeds');
    await expect(failure).rejects.toHaveProperty(
      'stack',
      expect.stringMatching(/fail: TypeError.*echo\.worker/s),
    );
  });

  test('rejects a method it does not have', async () => {
    const worker = start();
    await expect(worker.call('fly' as 'echo', 1)).rejects.toThrow('no method fly');
  });

  test('rejects an argument that cannot be sent, and goes on', async () => {
    const worker = start();
    await expect(worker.call('echo', () => 1)).rejects.toThrow(/could not be cloned/);
    expect(await worker.call('echo', 2)).toBe(2);
  });

  test('rejects the calls in the air when it exits, with what it wrote', async () => {
    const worker = start();
    await worker.call('log', 'last words');
    const waiting = worker.call('later', 'never', 60_000);
    const exiting = worker.call('exit', 7);
    await expect(waiting).rejects.toThrow(/ended \(7\) before later answered\nlast words/);
    await expect(exiting).rejects.toThrow(/before exit answered/);
    expect(await worker.exited).toEqual({ code: 7, signal: null });
    await expect(worker.call('echo', 1)).rejects.toThrow(/is gone/);
    expect(worker.output).toBe('last words\n');
  });

  test('can be killed', async () => {
    const worker = start();
    await worker.call('echo', 1);
    worker.kill();
    expect(await worker.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('can be frozen and thawed', async () => {
    const worker = start();
    await worker.call('echo', 1);
    worker.kill('SIGSTOP');
    const late = worker.call('echo', 2);
    const timeout = new Promise((resolve) => setTimeout(resolve, 150, 'nothing yet'));
    expect(await Promise.race([late, timeout])).toBe('nothing yet');
    worker.kill('SIGCONT');
    expect(await late).toBe(2);
  });

  test('stops in order, with work left or frozen', async () => {
    const [working, frozen] = [start(), start()];
    await Promise.all([working.call('echo', 1), frozen.call('echo', 1)]);
    const left = working.call('later', 'never', 60_000);
    frozen.kill('SIGSTOP');
    const [exit] = await Promise.all([
      working.stop(),
      expect(left).rejects.toThrow(/ended \(0\) before later answered/),
    ]);
    expect(exit).toEqual({ code: 0, signal: null });
    expect(await frozen.stop()).toEqual({ code: 0, signal: null });
  });

  test('dies with the process that started it, also when it is busy or frozen', async () => {
    const parent = spawnWorker<OrphansMethods>('support/orphans.worker.ts');
    const pids = await parent.call('startWorkers');
    expect(pids.every(isAlive)).toBe(true);
    parent.kill('SIGKILL');
    await parent.exited;
    expect(await becomes(() => !pids.some(isAlive))).toBe(true);
  });

  test('that was never compiled is named', () => {
    expect(() => spawnWorker('support/no-such.worker.ts')).toThrow(/no-such\.worker\.js does not exist/);
  });
});
