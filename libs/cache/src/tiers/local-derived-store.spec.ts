import { describe, expect, test } from '@jest/globals';
import { derivedStoreContract } from '../testing/contracts/derived-store.js';
import { FakeClock } from '../testing/fake-clock.js';
import { LocalDerivedStore } from './local-derived-store.js';

derivedStoreContract('counters and rankings in memory', {
  create: () => {
    const clock = new FakeClock();
    return { store: new LocalDerivedStore(clock), advance: (ms) => clock.advance(ms) };
  },
});

const TOKEN = 'token of 16 bytes';
const place = (key: string) =>
  ({ key, kind: 'counters', ttlMs: 60_000, maxMembers: 10, meaning: '' }) as const;

async function fill(store: LocalDerivedStore, key: string) {
  const request = { token: TOKEN, ms: 1_000, patienceMs: 0, maxWriteMs: 1_000, overtakenMs: 1_000 };
  const reply = await store.recount(place(key), request);
  const epoch = reply.kind === 'granted' ? reply.epoch : '';
  return store.fill(place(key), { token: TOKEN, epoch }, new Map([['a', 1]]));
}

describe('counters and rankings in memory are bounded', () => {
  test('what was not used for longest is counted anew', async () => {
    const store = new LocalDerivedStore(new FakeClock(), 2);
    await fill(store, 'a');
    await fill(store, 'b');
    await store.read(place('a'));
    await fill(store, 'c');
    expect(await store.read(place('a'))).toBeDefined();
    expect(await store.read(place('b'))).toBeUndefined();
  });

  test('but who changes the database is not forgotten', async () => {
    const store = new LocalDerivedStore(new FakeClock(), 2);
    const changer = { token: TOKEN, subject: 'x' };
    await store.begin(place('a'), changer, { maxWriteMs: 1_000, waits: false, overtakenMs: 1_000 });
    await fill(store, 'b');
    await fill(store, 'c');
    expect(await fill(store, 'a')).toBe(false);
  });

  test('a restart ends everything', async () => {
    const store = new LocalDerivedStore(new FakeClock());
    await fill(store, 'a');
    store.restart();
    expect(await store.read(place('a'))).toBeUndefined();
  });
});
