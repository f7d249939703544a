import { describe, expect, test } from '@jest/globals';
import { CollectingRunner } from '../../../../../test/support/collecting-runner.js';
import { envelopeId } from '../../codec/envelope.js';
import type { ChannelListener } from '../../contracts/channel.js';
import type { Confirmation, Expiry, FilledEntry, TagClocks } from '../../contracts/store.js';
import { FakeClock } from '../fake-clock.js';
import { MemoryChannel } from '../memory/memory-channel.js';
import { MemoryStore } from '../memory/memory-store.js';
import { channelContract } from './channel.js';

import { storeContract } from './store.js';

const LONG = 60_000;

type Lease = { token: string; ms: number; badId: string };
type Entry = { bytes: Buffer; ttlMs: number };

/** Stores that break one promise each. */
const STORES: Readonly<Record<string, new (clock: FakeClock) => MemoryStore>> = {
  'fills without a lease': class extends MemoryStore {
    override async fill(key: string, token: string, entry: FilledEntry) {
      if (await super.fill(key, token, entry)) return true;
      await super.lease(key, { token, ms: LONG, badId: '' });
      return super.fill(key, token, entry);
    }
  },
  'fills although a tag was invalidated': class extends MemoryStore {
    override fill(key: string, token: string, entry: FilledEntry) {
      return super.fill(key, token, { ...entry, tags: [] });
    }
  },
  'leaves the lease when it evicts': class extends MemoryStore {
    readonly #tokens = new Map<string, string>();
    override async lease(key: string, lease: Lease) {
      const reply = await super.lease(key, lease);
      if (reply.kind === 'granted') this.#tokens.set(key, lease.token);
      return reply;
    }
    override async evict(keys: readonly string[]) {
      await super.evict(keys);
      for (const key of keys) {
        const token = this.#tokens.get(key);
        if (token !== undefined) await super.lease(key, { token, ms: LONG, badId: '' });
      }
      return true;
    }
  },
  'evicts only the first key': class extends MemoryStore {
    override evict(keys: readonly string[]) {
      return super.evict(keys.slice(0, 1));
    }
  },
  'does not evict where a replica is asked for': class extends MemoryStore {
    override evict(keys: readonly string[], confirm?: Confirmation) {
      return confirm === undefined ? super.evict(keys) : Promise.resolve(false);
    }
  },
  'grants a lease that another holds': class extends MemoryStore {
    override async lease(key: string, lease: Lease) {
      const reply = await super.lease(key, lease);
      return reply.kind === 'held' ? { kind: 'granted' as const } : reply;
    }
  },
  'grants a lease while somebody writes': class extends MemoryStore {
    override async lease(key: string, lease: Lease) {
      const reply = await super.lease(key, lease);
      return reply.kind === 'writing' ? { kind: 'granted' as const } : reply;
    }
  },
  'replaces any entry, whatever id is named': class extends MemoryStore {
    override async lease(key: string, lease: Lease) {
      if (lease.badId === '') return super.lease(key, lease);
      const { bytes } = await this.read(key, []);
      return super.lease(key, { ...lease, badId: bytes === null ? '' : envelopeId(bytes) });
    }
  },
  'renews for anybody': class extends MemoryStore {
    override renew = () => Promise.resolve(true);
  },
  'never renews': class extends MemoryStore {
    override renew = () => Promise.resolve(false);
  },
  'stores what overlapped': class extends MemoryStore {
    override async commit(key: string, token: string, entry: Entry | null) {
      if ((await super.commit(key, token, entry)) || entry === null) return entry !== null;
      await super.lease(key, { token, ms: LONG, badId: '' });
      return super.fill(key, token, { ...entry, tags: [] });
    }
  },
  'never stores what was written': class extends MemoryStore {
    override commit(key: string, token: string, _entry: Entry | null) {
      return super.commit(key, token, null);
    }
  },
  'keeps writers for ever': class extends MemoryStore {
    override begin(key: string, token: string, _maxWriteMs: number) {
      return super.begin(key, token, 1e9);
    }
  },
  'keeps entries for ever': class extends MemoryStore {
    override fill(key: string, token: string, entry: FilledEntry) {
      return super.fill(key, token, { ...entry, ttlMs: 1e9 });
    }
  },
  'touches whatever is there': class extends MemoryStore {
    override async touch(key: string, _id: string, expiry: Expiry) {
      const { bytes } = await this.read(key, []);
      return super.touch(key, bytes === null ? '' : envelopeId(bytes), expiry);
    }
  },
  'removes what it should make stale': class extends MemoryStore {
    override async expire(keys: readonly string[]) {
      await super.evict(keys);
    }
  },
  'makes nonces when it only looks': class extends MemoryStore {
    override async read(key: string, tags: readonly string[]) {
      return { ...(await super.read(key, tags)), nonces: await this.nonces(tags, LONG) };
    }
  },
  'does not prolong nonces': class extends MemoryStore {
    override nonces(tags: readonly string[], _ttlMs: number) {
      return super.nonces(tags, 40);
    }
  },
  'invalidates no tag that nobody has read': class extends MemoryStore {
    override async invalidateTags(tags: readonly string[], ttlMs: number) {
      const known = await this.peekNonces(tags);
      return super.invalidateTags(
        tags.filter((_, i) => known[i] !== null),
        ttlMs,
      );
    }
  },
  'takes every late tag for timely': class extends MemoryStore {
    override async lateNonces(tags: readonly string[], noted: TagClocks, ttlMs: number) {
      return (await super.lateNonces(tags, noted, ttlMs)).map((late) => ({ ...late, timely: true }));
    }
  },
  'takes no late tag for timely': class extends MemoryStore {
    override async lateNonces(tags: readonly string[], noted: TagClocks, ttlMs: number) {
      return (await super.lateNonces(tags, noted, ttlMs)).map((late) => ({ ...late, timely: false }));
    }
  },
};

async function storeFailures(Store: new (clock: FakeClock) => MemoryStore) {
  const runner = new CollectingRunner();
  const create = () => {
    const clock = new FakeClock();
    return { store: new Store(clock), advance: (ms: number) => clock.advance(ms) };
  };
  storeContract('a store', { create }, runner);
  return { count: runner.count, failures: await runner.failures() };
}

describe('the contract of stores', () => {
  test('is kept by one that breaks no promise', async () => {
    const { count, failures } = await storeFailures(MemoryStore);
    expect(failures).toEqual([]);
    expect(count).toBeGreaterThan(60);
  });

  test.each(Object.entries(STORES))('is broken by one that %s', async (_, Store) => {
    expect((await storeFailures(Store)).failures).not.toEqual([]);
  });
});

/** Channels that break one promise each. */
const CHANNELS: Readonly<Record<string, new (store: MemoryStore) => MemoryChannel>> = {
  'tells the sender nothing of its own evicts': class extends MemoryChannel {
    override open(listener: ChannelListener) {
      super.open({ ...heard(listener), onKeys: () => undefined });
    }
  },
  'takes stale keys for gone': class extends MemoryChannel {
    override open(listener: ChannelListener) {
      super.open({ ...heard(listener), onStale: (keys) => listener.onKeys(keys) });
    }
  },
  'lets beats overtake': class extends MemoryChannel {
    override open(listener: ChannelListener) {
      const late = (keys: readonly string[]) => void setTimeout(() => listener.onKeys(keys), 5);
      super.open({ ...heard(listener), onKeys: late });
    }
  },
  'goes on when it is closed': class extends MemoryChannel {
    override close = () => Promise.resolve();
  },
  'knows no server of a tag': class extends MemoryChannel {
    override nodeOf(name: string) {
      return name.startsWith('#') ? 'another' : super.nodeOf(name);
    }
  },
};

function heard(listener: ChannelListener): ChannelListener {
  return {
    onKeys: (keys) => listener.onKeys(keys),
    onStale: (keys) => listener.onStale(keys),
    onTags: (tags) => listener.onTags(tags),
    onBeat: (beat, node) => listener.onBeat(beat, node),
    onGap: (reason, node) => listener.onGap(reason, node),
    onOpen: (node) => listener.onOpen(node),
    onTopology: (askedAt, nodes, moved) => listener.onTopology(askedAt, nodes, moved),
  };
}

async function channelFailures(Channel: new (store: MemoryStore) => MemoryChannel) {
  const runner = new CollectingRunner();
  const create = () => {
    const store = new MemoryStore(new FakeClock());
    return { join: () => ({ store, channel: new Channel(store) }), patienceMs: 20 };
  };
  channelContract('a channel', { create }, runner);
  return runner.failures();
}

describe('the contract of channels', () => {
  test('is kept by one that breaks no promise', async () => {
    expect(await channelFailures(MemoryChannel)).toEqual([]);
  });

  test.each(Object.entries(CHANNELS))('is broken by one that %s', async (_, Channel) => {
    expect(await channelFailures(Channel)).not.toEqual([]);
  });
});
