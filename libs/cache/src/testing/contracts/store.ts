import { strict as assert } from 'node:assert';
import type { Promises, Subjects, TestRunner } from './runner.js';
import { declareContract } from './runner.js';
import type { StoreSubject } from './store-bench.js';
import { LONG, StoreBench } from './store-bench.js';
import { fills, leases } from './store-leases.js';
import { expires, touches } from './store-lives.js';
import { lateTags, tags } from './store-tags.js';
import { evicts, writes } from './store-writes.js';

/** How a store is made for the contract, and what can be done to it. */
export interface StoreContractSetup extends Subjects<StoreSubject> {
  /** Puts something that is no entry where the entry of a key would be. Without it that is not tested. */
  readonly damage?: (key: string) => Promise<void>;
}

const server: Promises<StoreBench> = {
  'can be reached, and says which epoch it is in': ({ store }) => {
    assert.deepEqual([store.available('seeds:n0'), store.reachable('#tag')], [true, true]);
    assert.match(store.epoch('seeds:n0'), /^[\da-f]{16}$/);
    assert.equal(store.epoch('seeds:n0'), store.epoch('seeds:n0'));
  },

  'has a time that goes as the monotonic clock does': ({ store }) => {
    const [from, to] = [store.serverTime('seeds:n0', 1_000), store.serverTime('seeds:n0', 1_250)];
    assert.ok(Math.abs(to - from - 250) < 0.01);
  },
};

const reads: Promises<StoreBench> = {
  'gives nothing for what is not there': async (bench) => {
    const names = bench.tags(2);
    const { bytes, nonces } = await bench.store.read(bench.key(), names);
    assert.equal(bytes, null);
    assert.deepEqual([...nonces], [null, null]);
  },

  'of many keys at once gives each caller its own': async (bench) => {
    const keys = bench.keys(200);
    const some = keys.filter((_, i) => i % 3 === 0);
    const bytes = new Map(
      await Promise.all(some.map(async (key) => [key, await bench.filled(key)] as const)),
    );
    const found = await Promise.all(keys.map((key) => bench.stored(key)));
    for (const [i, key] of keys.entries()) {
      assert.equal(found[i]?.toString('hex'), bytes.get(key)?.toString('hex'));
    }
  },
};

/** What is no entry in the place of one: nothing that anybody does with the key may stumble over it. */
function damaged(damage: (key: string) => Promise<void>): Promises<StoreBench> {
  return {
    'is read as nothing, and replaced by the next load; who asks for a lease may be told of it, once': async (
      bench,
    ) => {
      const key = bench.key();
      await damage(key);
      await bench.assertEmpty(key);
      const { kind, token } = await bench.lease(key);
      if (kind === 'granted') await bench.store.release(key, token);
      else assert.equal(kind, 'value');
      await bench.filled(key);
    },
    'is removed by an evict, an expire and a write': async (bench) => {
      const [evicted = '', expired = '', written = ''] = bench.keys(3);
      await Promise.all([evicted, expired, written].map(damage));
      await bench.store.evict([evicted]);
      await bench.store.expire([expired]);
      const bytes = bench.entry(written);
      await bench.store.commit(written, await bench.begun(written), { bytes, ttlMs: LONG });
      await bench.assertEmpty(evicted);
      await bench.assertEmpty(expired);
      await bench.assertStored(written, bytes);
    },
    'is not touched': async (bench) => {
      const key = bench.key();
      await damage(key);
      const now = bench.store.serverTime(key);
      const expiry = { softExpiry: now + LONG, hardExpiry: now + LONG, ttlMs: LONG };
      assert.equal(await bench.store.touch(key, bench.token(), expiry), false);
    },
  };
}

/**
 * Declares a test for every promise of the port `Store`, so that a new store is right when they pass. A store may be shared by
 * all of them; each works on keys and tags of its own.
 *
 * @example
 * ```ts
 * storeContract('the store in memory', {
 *   create: () => {
 *     const clock = new FakeClock();
 *     return { store: new MemoryStore(clock), advance: (ms) => clock.advance(ms) };
 *   },
 * });
 * ```
 */
export function storeContract(name: string, setup: StoreContractSetup, runner?: TestRunner): void {
  const groups = {
    'the server': server,
    'a read': reads,
    'a lease': leases,
    'a fill': fills,
    'an evict': evicts,
    'a write': writes,
    'a touch': touches,
    'an expire': expires,
    tags,
    'tags that only a result names': lateTags,
    ...(setup.damage && { 'what is no entry': damaged(setup.damage) }),
  };
  const benches: Subjects<StoreBench> = {
    create: async () => new StoreBench(await setup.create()),
    dispose: ({ subject }) => setup.dispose?.(subject),
  };
  declareContract(name, groups, benches, runner);
}
