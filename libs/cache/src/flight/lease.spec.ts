import { describe, expect, test } from '@jest/globals';
import type { LeaseReply, Store } from '../contracts/store.js';
import { FakeClock } from '../testing/fake-clock.js';
import type { Ask, Right } from './lease.js';
import { Leases, newToken } from './lease.js';

/** The part of a store that leases use, answering from a script; the last line of the script is repeated. */
class ScriptedStore {
  readonly asked: { at: number; token: string; ms: number; badId: string }[] = [];
  readonly renewed: number[] = [];
  readonly released: string[] = [];
  renewals: (boolean | 'no answer')[] = [true];
  away = false;

  constructor(
    private readonly clock: FakeClock,
    private readonly replies: readonly (LeaseReply | 'no answer')[],
  ) {}

  available = () => !this.away;
  reachable = () => !this.away;

  async lease(_key: string, lease: { token: string; ms: number; badId: string }): Promise<LeaseReply> {
    const reply = this.replies[this.asked.length] ?? this.replies.at(-1);
    this.asked.push({ at: this.clock.now(), ...lease });
    if (reply === undefined || reply === 'no answer') throw new Error('no answer');
    return reply;
  }

  async renew(_key: string, _token: string, ms: number): Promise<boolean> {
    const reply = this.renewals[this.renewed.length] ?? this.renewals.at(-1);
    this.renewed.push(this.clock.now());
    if (ms !== 300) throw new Error(`a life of ${ms} ms`);
    if (reply === 'no answer') throw new Error('no answer');
    return reply ?? true;
  }

  async release(_key: string, token: string): Promise<void> {
    this.released.push(token);
  }
}

const GRANTED: LeaseReply = { kind: 'granted' };
const HELD: LeaseReply = { kind: 'held', remainingMs: 300 };
const WRITING: LeaseReply = { kind: 'writing' };
const VALUE: LeaseReply = { kind: 'value', bytes: Buffer.from('entry') };

const setUp = (...replies: (LeaseReply | 'no answer')[]) => {
  const clock = new FakeClock();
  const store = new ScriptedStore(clock, replies);
  const leases = new Leases(store as unknown as Store, clock, { leaseMs: 300, waitMs: 1_000 });
  const ask: Ask = (work) => work().catch(() => undefined);
  /** Asks for the right to load and lets up to two seconds pass. */
  const acquire = async (badId = '', wait = true): Promise<Right | undefined> => {
    const right = leases.acquire({ key: 'seed:1', badId, wait, ask });
    await clock.advance(2_000);
    return right;
  };
  return { clock, store, leases, acquire };
};

describe('the right to load', () => {
  test('is granted at once when nobody loads, under a token that the store was told', async () => {
    const { store, acquire } = setUp(GRANTED);
    const right = await acquire('bad entry id 123');
    expect(store.asked).toEqual([{ at: 0, token: expect.any(String), ms: 300, badId: 'bad entry id 123' }]);
    expect(right).toEqual({ kind: 'lease', token: store.asked[0]?.token, waited: false });
  });

  test('is not needed when a value has appeared meanwhile', async () => {
    const { store, acquire } = setUp(VALUE);
    expect(await acquire()).toEqual(VALUE);
    expect(store.asked).toHaveLength(1);
  });

  test('is refused while a writer is at work: load, do not store', async () => {
    const { store, acquire } = setUp(WRITING);
    expect(await acquire()).toEqual({ kind: 'unstored', why: 'writing' });
    expect(store.asked).toHaveLength(1);
  });

  test('is waited for with polls after 2, 4, 8 and then every 16 ms, always under the same token', async () => {
    const { store, acquire } = setUp(HELD, HELD, HELD, HELD, HELD, HELD, VALUE);
    expect(await acquire()).toEqual(VALUE);
    expect(store.asked.map(({ at }) => at)).toEqual([0, 2, 6, 14, 30, 46, 62]);
    expect(new Set(store.asked.map(({ token }) => token)).size).toBe(1);
  });

  test('passes to one who waits when the holder is gone', async () => {
    const { acquire, store } = setUp(HELD, HELD, HELD, GRANTED);
    expect(await acquire()).toEqual({ kind: 'lease', token: store.asked[0]?.token, waited: true });
  });

  test('is not waited for beyond waitMs: load, do not store', async () => {
    const { store, acquire } = setUp(HELD);
    expect(await acquire()).toEqual({ kind: 'unstored', why: 'waited' });
    const last = store.asked.at(-1)?.at ?? 0;
    expect(last).toBeGreaterThanOrEqual(1_000);
    expect(last).toBeLessThanOrEqual(1_016);
  });

  test('is not waited for by a caller that does not want to', async () => {
    const { store, acquire } = setUp(HELD);
    expect(await acquire('', false)).toEqual({ kind: 'unstored', why: 'unsynced' });
    expect(store.asked).toHaveLength(1);
  });

  test.each([
    { polls: 0, replies: ['no answer'] as const },
    { polls: 3, replies: [HELD, HELD, HELD, 'no answer'] as const },
  ])(
    'is given up when the store does not answer after $polls polls, and the lease that may come late is given back',
    async ({ replies }) => {
      const { store, acquire } = setUp(...replies);
      expect(await acquire()).toBeUndefined();
      expect(store.asked).toHaveLength(replies.length);
      expect(store.released).toEqual([store.asked[0]?.token]);
    },
  );

  test('has a token of 16 bytes that no other has', () => {
    const tokens = Array.from({ length: 10_000 }, newToken);
    expect(new Set(tokens).size).toBe(10_000);
    for (const token of tokens) expect(Buffer.from(token, 'latin1')).toHaveLength(16);
  });
});

describe('a lease that is held', () => {
  /** A load that ends when the test says so. */
  const load = () => {
    let end: (value: string) => void = () => undefined;
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise<string>((resolve, reject) => {
      end = resolve;
      fail = reject;
    });
    return { work: () => work, end, fail };
  };

  test('is renewed at each third of its life for as long as the loader runs, and no longer', async () => {
    const { clock, store, leases } = setUp(GRANTED);
    const { work, end } = load();
    const held = leases.hold('seed:1', 'token', work);
    await clock.advance(350);
    expect(store.renewed).toEqual([100, 200, 300]);
    end('acorn');
    expect(await held).toBe('acorn');
    await clock.advance(1_000);
    expect(store.renewed).toHaveLength(3);
    expect(clock.timers).toBe(0);
  });

  test('is not given back by a load that went well: the fill has ended it', async () => {
    const { store, leases } = setUp(GRANTED);
    await leases.hold('seed:1', 'token', async () => 'acorn');
    expect(store.released).toEqual([]);
  });

  test('is given back at once when the loader fails, with the error of the loader', async () => {
    const { clock, store, leases } = setUp(GRANTED);
    const error = new Error('no seeds');
    await expect(leases.hold('seed:1', 'token', () => Promise.reject(error))).rejects.toBe(error);
    expect(store.released).toEqual(['token']);
    expect(clock.timers).toBe(0);
  });

  test('is renewed no more once it belongs to somebody else', async () => {
    const { clock, store, leases } = setUp(GRANTED);
    store.renewals = [true, false];
    const { work, end } = load();
    const held = leases.hold('seed:1', 'token', work);
    await clock.advance(1_000);
    expect(store.renewed).toEqual([100, 200]);
    end('acorn');
    await held;
  });

  test('is renewed on, though a renewal got no answer', async () => {
    const { clock, store, leases } = setUp(GRANTED);
    store.renewals = ['no answer', true];
    const { work, end } = load();
    const held = leases.hold('seed:1', 'token', work);
    await clock.advance(300);
    expect(store.renewed).toEqual([100, 200, 300]);
    end('acorn');
    await held;
  });

  test('asks nothing of a store that is away', async () => {
    const { clock, store, leases } = setUp(GRANTED);
    store.away = true;
    const { work, fail } = load();
    const held = leases.hold('seed:1', 'token', work);
    await clock.advance(1_000);
    fail(new Error('no seeds'));
    await expect(held).rejects.toThrow('no seeds');
    expect([store.renewed, store.released]).toEqual([[], []]);
  });

  test('is given back at the end of the process, the others are not', async () => {
    const { store, leases } = setUp(GRANTED);
    const { work, end } = load();
    await leases.hold('seed:0', 'done', async () => 'acorn');
    const running = [leases.hold('seed:1', 'one', work), leases.hold('seed:2', 'two', work)];
    await leases.releaseAll();
    expect(store.released).toEqual(['one', 'two']);
    end('acorn');
    await Promise.all(running);
  });
});
