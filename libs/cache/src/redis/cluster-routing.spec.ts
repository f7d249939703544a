import { describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { CacheError } from '../contracts/errors.js';
import type { Roads } from './cluster-routing.js';
import { ClusterRouting } from './cluster-routing.js';
import type { ServerLink } from './server-link.js';
import { MOVING } from './servers.js';

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });
const RUN = { script: 'evict', keys: ['k'], args: [] } as const;

/** Servers that answer a script with what stands in their lists, one after the other; an error is a refusal. */
function setUp(answers: Record<string, unknown[]>, owners: readonly string[]) {
  const log: string[] = [];
  let at = 0;
  const answerOf = async (node: string, how: string) => {
    log.push(`${how} ${node}`);
    const next = answers[node]?.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  const redisOf = (node: string) =>
    ({
      nuthatch_evict: () => answerOf(node, 'run'),
      asking: async () => 'OK',
      call: () => answerOf(node, 'ask'),
    }) as unknown as Redis;
  const linkOf = (node: string) => {
    const redis = redisOf(node);
    return { redis, send: (command: () => Promise<unknown>) => command() } as unknown as ServerLink;
  };
  const roads: Roads = {
    ownerOf: () => {
      const node = owners[Math.min(at, owners.length - 1)];
      return node === undefined ? undefined : { node, link: linkOf(node) };
    },
    moved: async (slot, node) => {
      log.push(`${slot} is at ${node}`);
      at++;
    },
    send: (node, command) => command(redisOf(node)),
    doubt: () => log.push('doubt'),
  };
  return { routing: new ClusterRouting(roads), log };
}

describe('a script', () => {
  test('goes to the owner of its key', async () => {
    const { routing, log } = setUp({ 'a:1': [1] }, ['a:1']);
    expect(await routing.run('k', RUN, 'text')).toBe(1);
    expect(log).toEqual(['run a:1']);
  });

  test('follows its key to the new owner', async () => {
    const { routing, log } = setUp({ 'a:1': [reply('MOVED 7 b:1')], 'b:1': [1] }, ['a:1', 'b:1']);
    expect(await routing.run('k', RUN, 'text')).toBe(1);
    expect(log).toEqual(['run a:1', '7 is at b:1', 'run b:1']);
  });

  test('asks the server that its slot moves to', async () => {
    const { routing, log } = setUp({ 'a:1': [reply('ASK 7 b:1')], 'b:1': [1] }, ['a:1']);
    expect(await routing.run('k', RUN, 'text')).toBe(1);
    expect(log).toEqual(['run a:1', 'ask b:1']);
  });

  test.each<{ at: string; answers: Record<string, unknown[]> }>([
    { at: 'its owner', answers: { 'a:1': [reply('TRYAGAIN x')] } },
    { at: 'the next owner', answers: { 'a:1': [reply('ASK 7 b:1')], 'b:1': [reply('TRYAGAIN x')] } },
  ])('is said to be moving when its keys are on both sides, says $at', async ({ answers }) => {
    const { routing, log } = setUp(answers, ['a:1']);
    expect(await routing.run('k', RUN, 'text')).toBe(MOVING);
    expect(log).not.toContain('doubt');
  });

  test('is sent four times at most', async () => {
    const moved = () => Array.from({ length: 9 }, () => reply('MOVED 7 a:1'));
    const { routing, log } = setUp({ 'a:1': moved() }, ['a:1']);
    await expect(routing.run('k', RUN, 'text')).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    expect(log.filter((one) => one === 'run a:1')).toHaveLength(4);
    expect(log.at(-1)).toBe('doubt');
  });

  test('comes back to the owner when the slot has stopped moving', async () => {
    const { routing, log } = setUp({ 'a:1': [reply('ASK 7 b:1'), 1], 'b:1': [reply('MOVED 7 a:1')] }, [
      'a:1',
    ]);
    expect(await routing.run('k', RUN, 'text')).toBe(1);
    expect(log).toEqual(['run a:1', 'ask b:1', 'run a:1']);
  });

  test('is not sent again where nobody serves the slot', async () => {
    const { routing, log } = setUp({ 'a:1': [reply('CLUSTERDOWN x')] }, ['a:1']);
    await expect(routing.run('k', RUN, 'text')).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    expect(log).toEqual(['run a:1', 'doubt']);
  });

  test('has no server while nobody knows the owner', async () => {
    const { routing, log } = setUp({}, []);
    await expect(routing.run('k', RUN, 'text')).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    expect(log).toEqual(['doubt']);
  });

  test('that the owner refuses is refused', async () => {
    const { routing } = setUp({ 'a:1': [reply('OOM x')] }, ['a:1']);
    await expect(routing.run('k', RUN, 'text')).rejects.toThrow('OOM');
  });

  test('has no server when the one that the slot moves to is away', async () => {
    const away = new CacheError('REDIS_UNAVAILABLE', 'not connected');
    const { routing, log } = setUp({ 'a:1': [reply('ASK 7 b:1')], 'b:1': [away] }, ['a:1']);
    await expect(routing.run('k', RUN, 'text')).rejects.toThrow('no server of the Cluster serves the slot');
    expect(log.at(-1)).toBe('ask b:1');
  });
});
