import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { RedisServer } from '../support/redis-server.js';

const SCRIPT = join(import.meta.dirname, '../.out/test/module/shutdown.script.js');
/** How long after its close a process may take to end: seconds, not the lifetime of some timer. */
const SOON_MS = 4_000;
const TOO_LONG_MS = 20_000;

type Told = { loads?: number; open?: string[]; answer?: string; closed?: boolean };

/** A process that lives through `shutdown.script.ts`. */
class Process {
  readonly told: Told[] = [];
  private readonly child;
  private readonly exited: Promise<unknown[]>;
  private closedAt = 0;

  constructor(life: object) {
    this.child = spawn(process.execPath, [SCRIPT, JSON.stringify(life)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    running.push(this);
    this.exited = once(this.child, 'exit');
    createInterface(this.child.stdout).on('line', (line) => {
      const told = JSON.parse(line) as Told;
      this.told.push(told);
      if (told.closed) this.closedAt = performance.now();
      this.child.emit('told');
    });
  }

  /** The first thing it has to tell: it runs, and has used the cache. */
  async used(): Promise<Told> {
    while (this.told[0] === undefined) {
      await Promise.race([once(this.child, 'told'), this.exited]);
      const { exitCode, signalCode } = this.child;
      if ((exitCode ?? signalCode) !== null) throw new Error(`it ended with ${exitCode ?? signalCode}`);
    }
    return this.told[0];
  }

  goOn(): void {
    this.child.stdin.end('go on\n');
  }

  /** Its exit code, and how long after the close it came; a process that does not end is killed, and has none. */
  async end(): Promise<{ code: unknown; ms: number }> {
    const patience = setTimeout(() => this.kill(), TOO_LONG_MS);
    const [code] = await this.exited;
    clearTimeout(patience);
    return { code, ms: performance.now() - this.closedAt };
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}

const running: Process[] = [];
afterEach(() => {
  for (const one of running.splice(0)) one.kill();
});

async function expectEnd(one: Process): Promise<void> {
  const { code, ms } = await one.end();
  expect(code).toBe(0);
  expect(one.told).toContainEqual({ closed: true });
  expect(ms).toBeLessThan(SOON_MS);
}

describe('A process ends by itself when its application is closed', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  const withRedis = () => ({ cache: { redis: { url: server.url } }, connect: true });

  it('with memory only', async () => {
    const one = new Process({ cache: {} });
    expect(await one.used()).toMatchObject({ loads: 1 });
    await expectEnd(one);
  });

  it('with Redis, whose connections would keep it alive otherwise', async () => {
    const one = new Process(withRedis());
    const { loads, open } = await one.used();
    expect(loads).toBe(1);
    expect(open?.filter((resource) => resource === 'TCPSocketWrap')).toHaveLength(2);
    await expectEnd(one);
    expect(await server.command('CLIENT', 'LIST', 'TYPE', 'pubsub')).toBe('');
  });

  it('and not when it is not closed', async () => {
    const one = new Process({ ...withRedis(), leave: true });
    const other = new Process(withRedis());
    await Promise.all([one.used(), expectEnd(other)]);
    expect(await server.command('CLIENT', 'LIST', 'TYPE', 'pubsub')).toContain('sub=2');
    one.kill();
    expect((await one.end()).code).toBeNull();
  });

  it('with an HTTP server', async () => {
    const one = new Process({ ...withRedis(), http: true });
    await one.used();
    await expectEnd(one);
  });

  it('when Redis was never there', async () => {
    const port = await freePort();
    const one = new Process({ cache: { redis: { host: '127.0.0.1', port } } });
    expect(await one.used()).toMatchObject({ loads: expect.any(Number) });
    await expectEnd(one);
  });

  it('after the loads that are in the air, whose callers are answered', async () => {
    const one = new Process({ ...withRedis(), loading: 300 });
    await expectEnd(one);
    expect(one.told.slice(1)).toEqual([{ answer: 'slow' }, { closed: true }]);
  });

  it('in spite of a load that never ends', async () => {
    const { cache } = withRedis();
    const one = new Process({ cache: { ...cache, shutdownGrace: 100 }, connect: true, loading: 0 });
    await expectEnd(one);
  });
});

describe('A process ends by itself although Redis', () => {
  let server: RedisServer;
  afterEach(() => server.stop());

  async function hold(loading?: number): Promise<Process> {
    server = await RedisServer.start();
    const cache = { redis: { url: server.url }, shutdownGrace: 100 };
    const one = new Process({ cache, connect: true, hold: true, loading });
    await one.used();
    return one;
  }

  it('has died meanwhile', async () => {
    const one = await hold();
    await server.kill();
    one.goOn();
    await expectEnd(one);
  });

  it('answers nothing any more', async () => {
    const one = await hold();
    server.freeze();
    one.goOn();
    await expectEnd(one);
  });

  it('answers nothing any more, and has given out a lease', async () => {
    const one = await hold(0);
    server.freeze();
    one.goOn();
    await expectEnd(one);
  });
});
