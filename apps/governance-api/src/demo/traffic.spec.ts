import { describe, expect, it } from '@jest/globals';
import { loadRollCalls } from '../rollcalls/rollcalls.js';
import type { Access } from './http-connection.js';
import { Replay, Traffic } from './traffic.js';

const rollCalls = loadRollCalls();

function take(count: number, seed = 1): Access[] {
  const traffic = new Traffic(rollCalls, seed);
  return Array.from({ length: count }, () => traffic.next());
}

describe('Traffic', () => {
  it('changes something in about five of a hundred requests, votes and names', () => {
    const writes = take(20_000).filter(({ method }) => method === 'PUT');
    expect(writes.length).toBeGreaterThan(850);
    expect(writes.length).toBeLessThan(1_150);
    expect(writes.some(({ path }) => /^\/questions\/\d+\/votes$/.test(path))).toBe(true);
    expect(writes.some(({ path }) => /^\/communities\/[\w-]+$/.test(path))).toBe(true);
    for (const { body } of writes) expect(() => JSON.parse(body ?? '') as unknown).not.toThrow();
  });

  it('reads every kind of route', () => {
    const kinds = new Set(
      take(5_000).map(({ path }) => path.replace(/\?.*/, '?').replace(/[\w-]*\d[\w-]*/g, ':id')),
    );
    expect([...kinds]).toEqual(
      expect.arrayContaining([
        '/questions/:id',
        '/questions/:id/results',
        '/questions/:id/votes/:id',
        '/questions?',
        '/members/:id',
        '/communities',
      ]),
    );
  });

  it('asks only for votes that exist', () => {
    const votes = take(20_000).flatMap(({ path }) => [
      ...path.matchAll(/^\/questions\/(\d+)\/votes\/(\d+)$/g),
    ]);
    expect(votes.length).toBeGreaterThan(1_000);
    const digits = votes.map(
      ([, question, member]) => rollCalls.votes[Number(question) - 1]?.[Number(member) - 1],
    );
    expect(digits.filter((digit) => digit === undefined || digit === '0')).toEqual([]);
  });

  it('is the same for the same seed', () => {
    expect(take(500, 4)).toEqual(take(500, 4));
    expect(take(500, 4)).not.toEqual(take(500, 5));
  });
});

describe('Replay', () => {
  it('reads the objects of the trace in order, and then ends', () => {
    const replay = new Replay(Uint32Array.of(5, 0x0800_0001));
    expect(replay.used).toBe(0);
    expect(replay.next()).toEqual({ method: 'GET', path: '/objects/0/5' });
    expect(replay.used).toBe(0.5);
    expect(replay.next()).toEqual({ method: 'GET', path: '/objects/1/1' });
    expect(replay.next()).toBeUndefined();
    expect(replay.used).toBe(1);
  });
});
