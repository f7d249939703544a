import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../../../../test/support/fleet.js';
import { RedisCluster } from '../../../../test/support/redis-cluster.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { SlotMove } from '../../../../test/support/slot-move.js';
import { systemClock } from '../contracts/clock.js';
import type { Resume } from '../contracts/store.js';
import { ClusterNames } from './cluster-names.js';
import type { RedisPartition } from './redis-partition.js';
import { openPartition } from './redis-partition.js';

jest.setTimeout(60_000);

const naming = { prefix: 'app', version: '2', alsoEvict: ['1'] };
const names = new ClusterNames(naming);
const ENTRY = Buffer.from('id of 16 bytes..and the rest'.padEnd(80, '.'));
const TOKEN = 'token of a loader';

let cluster: RedisCluster;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  cluster = await RedisCluster.start({ masters: 3, replicasEach: 1 });
});

afterAll(() => cluster.stop());

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** A process that learns who owns what from the servers' answers to its commands. */
const RARELY = { topologyEveryMs: 60_000 };

interface Joining {
  readonly resume?: Resume;
  readonly topologyEveryMs?: number;
  readonly nodes?: RedisCluster['nodes'];
  readonly readTimeoutMs?: number;
}

/** One process on the Cluster: what it hears, in order. */
async function join(joining: Joining = {}) {
  const { resume = async () => 'resume', topologyEveryMs = 500, readTimeoutMs = 5_000, nodes } = joining;
  const quiet = () => undefined;
  const told: string[] = [];
  const heard: string[] = [];
  const topologies: { nodes: readonly string[]; moved: boolean }[] = [];
  const partition = openPartition(
    { cluster: nodes ?? cluster.nodes },
    {
      clock: systemClock,
      naming,
      maxInFlight: 10_000,
      readTimeoutMs,
      maxEntryBytes: 1_000_000,
      topologyEveryMs,
      resume,
      events: {
        onNewEpoch: () => told.push('new epoch'),
        onReady: () => told.push('ready'),
        onLost: () => told.push('lost'),
        onFailure: (kind, reason) => told.push(`${kind} ${reason}`),
        onBreaker: quiet,
      },
    },
  );
  partition.channel.open({
    onKeys: (keys) => heard.push(`keys ${keys.join()}`),
    onStale: (keys) => heard.push(`stale ${keys.join()}`),
    onTags: (tags) => heard.push(`tags ${tags.join()}`),
    onGap: (reason, node) => heard.push(`gap ${node}: ${reason}`),
    onBeat: (beat, node) => heard.push(`beat ${beat} ${node}`),
    onOpen: (node) => heard.push(`open ${node}`),
    onTopology: (_askedAt, masters, moved) => topologies.push({ nodes: masters, moved }),
  });
  partition.open();
  closers.push(async () => {
    await partition.channel.close();
    await partition.close();
  });
  const isOpen = () => {
    const masters = partition.channel.nodes();
    return masters.length > 0 && masters.every((node) => heard.includes(`open ${node}`));
  };
  await eventually(() => partition.status().connected && isOpen());
  heard.length = 0;
  told.length = 0;
  return { ...partition, partition, told, heard, topologies };
}

let count = 0;
const newKey = () => `seeds:n${++count}`;
const newKeys = (howMany: number) => Array.from({ length: howMany }, newKey);
const expectOnce = (heard: readonly string[], wanted: readonly string[]) =>
  expect([...heard].sort()).toEqual([...wanted].sort());

async function filled({ store }: { store: RedisPartition['store'] }, key: string): Promise<void> {
  const token = randomBytes(16).toString('latin1');
  expect(await store.lease(key, { token, ms: 5_000, badId: '' })).toEqual({ kind: 'granted' });
  expect(await store.fill(key, token, { bytes: ENTRY, ttlMs: 60_000, tags: [] })).toBe(true);
}

const stored = async ({ store }: { store: RedisPartition['store'] }, key: string) =>
  (await store.read(key, [])).bytes?.toString();

/** The server of a key, and one of the other masters. */
const around = (key: string) => aroundSlot(names.slotOf(key));

async function aroundSlot(slot: number) {
  const owner = await cluster.serverOf(slot);
  const masters = await cluster.masters();
  const port = masters.find((one) => one.port !== owner.port && one.slots.length > 0)?.port ?? 0;
  return { owner, other: cluster.serverAt(port) };
}

describe('the channel of a Cluster', () => {
  test('tells every process once of whatever was removed on any master', async () => {
    const [one, other] = await Promise.all([join(), join()]);
    const [evicted, expired, begun, committed] = [newKeys(20), newKeys(20), newKeys(20), newKeys(20)];
    const tags = ['@seeds', ...Array.from({ length: 40 }, (_, i) => `#t${i}`)];
    await one.store.evict(evicted);
    await other.store.expire(expired);
    await Promise.all(begun.map((key) => one.store.begin(key, TOKEN, 1_000)));
    await Promise.all(committed.map((key) => other.store.commit(key, TOKEN, null)));
    await one.store.invalidateTags(tags, 60_000);
    const wanted = [
      ...[...evicted, ...begun, ...committed].map((key) => `keys ${key}`),
      ...expired.map((key) => `stale ${key}`),
      ...tags.map((tag) => `tags ${tag}`),
    ];
    for (const { heard } of [one, other]) {
      await eventually(() => heard.length >= wanted.length);
      expectOnce(heard, wanted);
    }
    const servers = new Set(evicted.map((key) => one.channel.nodeOf(key)));
    expect(servers.size).toBe(3);
  });

  test('leaves no marker and no beat behind', async () => {
    const process = await join();
    await process.store.evict(newKeys(10));
    await Promise.all(process.channel.nodes().map((node, i) => process.channel.beat(i, node)));
    for (const { port } of await cluster.masters()) {
      expect(await cluster.command(port, 'KEYS', 'app:[ir]:*')).toBe('');
    }
  });

  test('brings names back that hold anything a name may hold', async () => {
    const { store, heard } = await join();
    const key = 'seeds:s9:"\\\n\u2028 Кле';
    const tag = '#"!s\n\u2028 Кле';
    await store.evict([key]);
    await store.invalidateTags([tag], 1_000);
    await eventually(() => heard.length === 2);
    expectOnce(heard, [`keys ${key}`, `tags ${tag}`]);
  });

  test('brings a beat back from each master to the process that sent it, and to no other', async () => {
    const [one, other] = await Promise.all([join(), join()]);
    const nodes = one.channel.nodes();
    expect(nodes).toHaveLength(3);
    await Promise.all(nodes.map((node, i) => one.channel.beat(i, node)));
    await eventually(() => one.heard.length === 3);
    expectOnce(
      one.heard,
      nodes.map((node, i) => `beat ${i} ${node}`),
    );
    expect(other.heard).toEqual([]);
  });

  test('lets no beat overtake an invalidation that was acknowledged before the beat was sent', async () => {
    const [one, other] = await Promise.all([join(), join()]);
    const keys = newKeys(300);
    for (const [round, key] of keys.entries()) {
      await other.store.evict([key]);
      void one.channel.beat(round, one.channel.nodeOf(key) ?? '');
    }
    await eventually(() => one.heard.length === 600);
    for (const [round, key] of keys.entries()) {
      const beat = one.heard.indexOf(`beat ${round} ${one.channel.nodeOf(key)}`);
      expect(one.heard.indexOf(`keys ${key}`)).toBeLessThan(beat);
    }
  });

  test('tells what was removed before the beat of the same moment', async () => {
    const { store, channel, heard } = await join();
    const keys = newKeys(40);
    const node = channel.nodeOf(keys[0] ?? '') ?? '';
    const theirs = keys.filter((key) => channel.nodeOf(key) === node);
    const { owner } = await around(theirs[0] ?? '');
    owner.freeze();
    const work = [store.evict(theirs), channel.beat(1, node)];
    // both lie ready when it goes on, and it executes them in one go
    await setTimeout(20);
    owner.thaw();
    await Promise.all(work);
    await eventually(() => heard.length > theirs.length);
    expect(heard.at(-1)).toBe(`beat 1 ${node}`);
  });

  test('that breaks says so of that master, and opens again by itself', async () => {
    const { store, channel, heard } = await join();
    const key = newKey();
    const { owner } = await around(key);
    await owner.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    const node = channel.nodeOf(key) ?? '';
    await eventually(() => heard.includes(`open ${node}`));
    expect(heard).toEqual([`gap ${node}: channel disconnected`, `open ${node}`]);
    await store.evict([key]);
    await eventually(() => heard.includes(`keys ${key}`));
  });

  test('takes it for a gap when a master was flushed, and when a marker cannot be read', async () => {
    const process = await join();
    const { channel, heard, told, store } = process;
    const key = newKey();
    const node = channel.nodeOf(key) ?? '';
    const before = store.epoch(key);
    const { owner } = await around(key);
    await owner.command('FLUSHALL');
    await eventually(() => heard.length > 0);
    expect(heard).toEqual([`gap ${node}: flushed`]);
    await channel.beat(1, node);
    expect(told).toEqual(['new epoch']);
    expect(store.epoch(key)).not.toBe(before);
    const label = names.marker('keys', key).replace('}', '}nonsense');
    await owner.command('SET', label, '');
    await eventually(() => heard.includes(`gap ${node}: unreadable message`));
    await owner.command('DEL', label);
  });

  test('is told again and again who owns what, and does not take that for a move', async () => {
    const { topologies, channel } = await join();
    await eventually(() => topologies.length >= 3);
    for (const { nodes, moved } of topologies) {
      expect([...nodes].sort()).toEqual([...channel.nodes()].sort());
      expect(moved).toBe(false);
    }
  });
});

/** What of a key there is, and what of that is on the other server already. */
const HALVES = [
  { there: ['v', 'l', 'w', 't'], moved: [] },
  { there: ['v', 'l', 'w', 't'], moved: ['v'] },
  { there: ['v', 'l', 'w', 't'], moved: ['l'] },
  { there: ['v', 'l', 'w', 't'], moved: ['w', 't'] },
  { there: ['v', 'l', 'w', 't'], moved: ['v', 'l', 'w', 't'] },
  { there: ['v'], moved: [] },
  { there: ['v'], moved: ['v'] },
  { there: ['l', 'w'], moved: ['l'] },
  { there: [], moved: [] },
];

describe('while a slot is half moved', () => {
  /** A key with companions, some of which have moved to another master. */
  async function halfMoved({ there, moved }: { there: string[]; moved: string[] }) {
    const process = await join(RARELY);
    const key = newKey();
    const { owner, other } = await around(key);
    const name: Record<string, string> = {
      v: names.value(key),
      l: names.lease(key),
      w: names.writers(key),
      t: names.tag(key),
    };
    const [v = '', l = '', w = '', t = ''] = ['v', 'l', 'w', 't'].map((letter) => name[letter]);
    if (there.includes('v')) await owner.command('SET', v, String(ENTRY));
    if (there.includes('l')) await owner.command('SET', l, TOKEN);
    if (there.includes('t')) await owner.command('SET', t, '0.0:x');
    if (there.includes('w')) await owner.command('ZADD', w, String(Date.now() + 60_000), 'writer');
    const slot = names.slotOf(key);
    const gone = moved.map((letter) => name[letter] ?? '');
    await cluster.moveSlot(slot, other.port, { pauseAfter: 'importing', moved: gone });
    const left = async () => {
      const keys = await Promise.all([owner, other].map((one) => one.command('KEYS', `*{${key}}`)));
      return keys.join('\n').split('\n').filter(Boolean).sort();
    };
    return { ...process, key, slot, owner, other, v, l, w, t, left };
  }

  test.each(HALVES)('an evict removes $there, of which $moved moved, and everybody is told', async (half) => {
    const listener = await join();
    const { store, key, slot, w, left } = await halfMoved(half);
    expect(await store.evict([key])).toBe(true);
    expect(await left()).toEqual(half.there.includes('w') ? [w] : []);
    // by the server that it moves to, and by the owner
    await eventually(() => listener.heard.filter((one) => one === `keys ${key}`).length === 2);
    await cluster.finishMove(slot);
    expect(await left()).toEqual(half.there.includes('w') ? [w] : []);
  });

  test.each(HALVES)('an evict spoils the writer among $there, of which $moved moved', async (half) => {
    const { store, key, slot, owner, other, w } = await halfMoved(half);
    await store.evict([key]);
    await cluster.finishMove(slot);
    const members = await other.command('ZRANGE', w, '0', '-1');
    expect(members.split('\n').filter(Boolean).sort()).toEqual(
      half.there.includes('w') ? ['overlap', 'writer'] : [],
    );
    expect(owner.port).not.toBe(other.port);
  });

  test.each(HALVES)('no lease is granted beside $there, of which $moved moved', async (half) => {
    const { store, key, slot } = await halfMoved(half);
    const reply = await store.lease(key, {
      token: 'another',
      ms: 5_000,
      badId: String(ENTRY.subarray(0, 16)),
    });
    await cluster.finishMove(slot);
    expect(reply).toEqual({ kind: 'writing' });
  });

  test.each(HALVES)('a write bars loads, and stores nothing: $there, of which $moved moved', async (half) => {
    const { store, key, slot, w, left, other } = await halfMoved(half);
    await store.begin(key, 'ours', 60_000);
    expect(await left()).toEqual([w]);
    expect(await store.commit(key, 'ours', { bytes: ENTRY, ttlMs: 60_000 })).toBe(false);
    await cluster.finishMove(slot);
    expect(await left()).toEqual(half.there.includes('w') ? [w] : []);
    const members = await other.command('ZRANGE', w, '0', '-1');
    expect(members.split('\n').filter(Boolean)).not.toContain('ours');
  });

  test.each(HALVES)('a fill stores only beside its lease: $there, of which $moved moved', async (half) => {
    const { store, key, slot, v, other } = await halfMoved(half);
    const better = Buffer.from('id of better....value');
    const done = await store.fill(key, TOKEN, { bytes: better, ttlMs: 60_000, tags: [] });
    // a script of several keys runs where all of them are
    const [hasEntry, hasLease] = ['v', 'l'].map((letter) => half.there.includes(letter));
    const together = half.moved.includes('v') === half.moved.includes('l');
    expect(done).toBe(hasEntry && hasLease && together);
    await cluster.finishMove(slot);
    const was = half.there.includes('v') ? String(ENTRY) : '';
    expect(await other.command('GET', v)).toBe(done ? String(better) : was);
  });

  test.each(HALVES)('a lease is renewed and given back: $there, of which $moved moved', async (half) => {
    const { store, key, slot } = await halfMoved(half);
    const has = half.there.includes('l');
    expect(await store.renew(key, TOKEN, 60_000)).toBe(has);
    await store.release(key, TOKEN);
    expect(await store.renew(key, TOKEN, 60_000)).toBe(false);
    await cluster.finishMove(slot);
  });

  test.each(HALVES)(
    'what is read is what is stored, or nothing: $there, of which $moved moved',
    async (half) => {
      const { store, key, slot } = await halfMoved(half);
      const value = await stored({ store }, key);
      expect(value).toBe(half.there.includes('v') && !half.moved.includes('v') ? String(ENTRY) : undefined);
      expect(
        await store.touch(key, String(ENTRY.subarray(0, 16)), { softExpiry: 1, hardExpiry: 1, ttlMs: 9 }),
      ).toBe(half.there.includes('v'));
      await cluster.finishMove(slot);
    },
  );

  test('invalidations pass though the servers have no memory to spare', async () => {
    const { store, key, slot, owner, other, left } = await halfMoved({
      there: ['v', 'l', 'w', 't'],
      moved: ['l', 'w'],
    });
    const tag = names.memberOf(
      names.groups.find((group) => names.slotOf(names.memberOf(group)) !== slot) ?? 0,
    );
    const tagSlot = names.slotOf(tag);
    const around = await aroundSlot(tagSlot);
    await cluster.moveSlot(tagSlot, around.other.port, { pauseAfter: 'importing' });
    const memory = (bytes: string) =>
      Promise.all(cluster.servers.map((server) => server.command('CONFIG', 'SET', 'maxmemory', bytes)));
    await memory('1');
    try {
      await expect(owner.command('SET', names.value(key), 'x')).rejects.toThrow('OOM');
      expect(await store.evict([key])).toBe(true);
      await store.begin(key, TOKEN, 60_000);
      expect(await store.commit(key, TOKEN, null)).toBe(false);
      expect(await store.invalidateTags([tag], 60_000)).toBe(true);
      expect(await left()).toEqual([names.writers(key)]);
    } finally {
      await memory('0');
      await cluster.finishMove(slot);
      await cluster.finishMove(tagSlot);
    }
    expect(await other.command('ZSCORE', names.writers(key), 'overlap')).toBe('inf');
  });

  test('tags in it are condemned on both sides, a load that has noted the clock keeps nothing, and everybody is told', async () => {
    const [process, listener] = await Promise.all([join(RARELY), join()]);
    const { store } = process;
    const group = Array.from({ length: 400 }, (_, i) => `#moving${i}`).filter(
      (tag) => names.groupOf(tag) === 3,
    );
    const [first = '', unheardOf = '', ...tags] = group.slice(0, 8);
    await store.nonces(tags, 60_000);
    const noted = await store.tagClocks();
    const slot = names.slotOf(first);
    const { other } = await around(first);
    const moved = tags.slice(3).map((tag) => names.tag(tag));
    await cluster.moveSlot(slot, other.port, { pauseAfter: 'importing', moved });
    await expect(store.nonces([first, unheardOf], 60_000)).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
    });
    expect(await store.invalidateTags(tags, 60_000)).toBe(true);
    expect(await store.peekNonces(tags)).toEqual(tags.map(() => null));
    for (const tag of tags) await eventually(() => listener.heard.includes(`tags ${tag}`));
    await cluster.finishMove(slot);
    const late = await store.lateNonces(tags, noted, 60_000);
    expect(late.map(({ timely }) => timely)).toEqual(tags.map(() => false));
  });
});

describe('a replicated invalidation', () => {
  test('is sure when a replica of each master has it', async () => {
    const process = await join();
    const keys = newKeys(30);
    await Promise.all(keys.map((key) => filled(process, key)));
    expect(await process.store.evict(keys, 'replicated')).toBe(true);
    expect(await process.store.invalidateTags(['#a', '#b', '#c', '#d'], 60_000, 'replicated')).toBe(true);
    for (const key of keys) expect(await stored(process, key)).toBeUndefined();
  });

  test('whose slot is moving is done, but not sure', async () => {
    const process = await join(RARELY);
    const key = newKey();
    await filled(process, key);
    const { other } = await around(key);
    await cluster.moveSlot(names.slotOf(key), other.port, { pauseAfter: 'importing' });
    expect(await process.store.evict([key], 'replicated')).toBe(false);
    await cluster.finishMove(names.slotOf(key));
    expect(await other.command('EXISTS', names.value(key))).toBe('0');
  });
});

describe('after a slot has moved', () => {
  async function moved(resume?: Resume) {
    const process = await join({ ...RARELY, ...(resume && { resume }) });
    const key = newKey();
    await filled(process, key);
    const { owner, other } = await around(key);
    process.topologies.length = 0;
    await cluster.moveSlot(names.slotOf(key), other.port);
    return { ...process, key, owner, other };
  }

  test('an evict is done where the key is now, and the move is told', async () => {
    const { store, channel, topologies, key, other } = await moved();
    expect(await store.evict([key])).toBe(true);
    expect(channel.nodeOf(key)).toBe(`127.0.0.1:${other.port}`);
    await eventually(() => topologies.some((one) => one.moved));
    expect(await other.command('EXISTS', names.value(key))).toBe('0');
  });

  test('a read is a miss, and the lease that is asked for next brings the value', async () => {
    const process = await moved();
    const { store, key } = process;
    expect(await stored(process, key)).toBeUndefined();
    const badId = '';
    expect(await store.lease(key, { token: TOKEN, ms: 1_000, badId })).toEqual({
      kind: 'value',
      bytes: ENTRY,
    });
    await eventually(() => stored(process, key));
  });

  test('nothing is read from its new server until what that may lack was made up for', async () => {
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const asked: { promoted: boolean; owns: boolean[] }[] = [];
    let armed = false;
    const others = newKeys(50);
    let key = '';
    const process = await moved(async ({ promoted, owns }) => {
      if (!armed) return 'resume';
      asked.push({ promoted, owns: [key, ...others].map(owns) });
      await gate;
      return 'resume';
    });
    key = process.key;
    armed = true;
    expect(process.store.available(key)).toBe(true);
    await process.store.evict([key]);
    await eventually(() => asked.length > 0);
    expect([process.store.available(key), process.store.reachable(key)]).toEqual([false, false]);
    expect(others.map((other) => process.store.available(other))).not.toContain(false);
    expect(asked[0]).toEqual({ promoted: false, owns: [true, ...others.map(() => false)] });
    go();
    await eventually(() => process.store.available(key));
  });

  test('with the epoch of its server in it, both servers get new epochs: neither may take the other’s for its own', async () => {
    const [process, witness] = await Promise.all([join(), join()]);
    const all = newKeys(60);
    const epochs = () => new Set(all.map((key) => process.store.epoch(key)));
    const before = epochs();
    expect(before.size).toBe(3);
    // the first of the labels that all processes go through
    const slot = cluster.slotOf(names.epochAt('0'));
    const source = await cluster.serverOf(slot);
    const { other: target } = await aroundSlot(slot);
    await cluster.moveSlot(slot, target.port);
    const agreed = () => {
      const mine = all.map((key) => process.store.epoch(key));
      return all.every((key, i) => process.store.available(key) && witness.store.epoch(key) === mine[i]);
    };
    // a beat tells of an epoch that another process has given meanwhile
    const beat = ({ channel }: typeof process) =>
      Promise.allSettled(channel.nodes().map((node) => channel.beat(1, node)));
    await eventually(async () => {
      await Promise.all([process, witness].map(beat));
      return [...epochs()].filter((epoch) => !before.has(epoch)).length === 2 && agreed();
    });
    expect(epochs().size).toBe(3);
    for (const one of [process, witness]) expect(one.told).toContain('new epoch');
    // it stays so: nobody gives a new epoch to what another process has given one
    const after = [...epochs()];
    await process.store.evict(all);
    await Promise.all([process, witness].map((one) => eventually(() => one.topologies.length > 4)));
    expect([[...epochs()], agreed()]).toEqual([after, true]);
    const nodes = process.channel.nodes();
    await Promise.all(nodes.map((node) => process.channel.beat(7, node)));
    for (const node of nodes) await eventually(() => process.heard.includes(`beat 7 ${node}`));
    await cluster.moveSlot(slot, source.port);
  });

  test('to a master that had none, that one is found and listened to', async () => {
    const own = await RedisCluster.start({ masters: 3, replicasEach: 0 });
    const args = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'];
    const newcomer = await RedisServer.start({ args: [...args, '--cluster-node-timeout', '1000'] });
    try {
      const process = await join({ nodes: own.nodes });
      const key = newKey();
      await filled(process, key);
      const slot = names.slotOf(key);
      const owner = await own.serverOf(slot);
      const id = await newcomer.command('CLUSTER', 'MYID');
      await newcomer.command('CLUSTER', 'MEET', '127.0.0.1', String(owner.port));
      const isKnownTo = async (server: RedisServer) =>
        (await server.command('CLUSTER', 'NODES')).includes(`${id} 127.0.0.1:${newcomer.port}`);
      for (const server of own.servers) await eventually(() => isKnownTo(server));
      await eventually(async () => (await newcomer.command('CLUSTER', 'INFO')).includes('state:ok'));
      const move = await SlotMove.begin(slot, owner, newcomer);
      await move.some([names.value(key)]);
      // nobody listens to the newcomer yet
      const listener = await join({ nodes: own.nodes });
      expect(process.channel.nodes()).toHaveLength(3);
      expect(await process.store.evict([key])).toBe(true);
      expect(await newcomer.command('KEYS', '*')).toBe('');
      await eventually(() => listener.heard.includes(`keys ${key}`));
      await move.finish(own.servers);
      const node = `127.0.0.1:${newcomer.port}`;
      for (const one of [process, listener]) await eventually(() => one.heard.includes(`open ${node}`));
      await eventually(() => process.store.available(key));
      await filled(process, key);
      await listener.store.evict([key]);
      await eventually(() => process.heard.filter((one) => one === `keys ${key}`).length === 2);
      await process.channel.beat(5, node);
      await eventually(() => process.heard.includes(`beat 5 ${node}`));
    } finally {
      await newcomer.stop();
      await own.stop();
    }
  });
});

describe('when a master fails', () => {
  /** Keys by whether the master at a port owns them. */
  function split(process: { channel: RedisPartition['channel'] }, port: number) {
    const keys = newKeys(60);
    const isTheirs = (key: string) => process.channel.nodeOf(key)?.endsWith(`:${port}`) === true;
    return { theirs: keys.filter(isTheirs), others: keys.filter((key) => !isTheirs(key)) };
  }

  // two masters: a process that has just been started has not been a replica long enough to keep an epoch
  test.each([
    { how: 'kill' as const, slot: 0 },
    { how: 'graceful' as const, slot: 16_383 },
  ])(
    'and a replica takes its place ($how), what was invalidated is made up for, and reads go on with what was stored',
    async ({ how, slot }) => {
      const asked: { promoted: boolean; owns: boolean[] }[] = [];
      let watched: string[] = [];
      const [process, second] = await Promise.all([
        join({
          resume: async ({ promoted, owns }) => {
            asked.push({ promoted, owns: watched.map(owns) });
            return 'resume';
          },
        }),
        join(),
      ]);
      const { owner } = await aroundSlot(slot);
      const { theirs, others } = split(process, owner.port);
      await Promise.all([...theirs, ...others].map((key) => filled(process, key)));
      watched = [...theirs, ...others];
      asked.length = 0;
      const [key = ''] = theirs;
      const epoch = process.store.epoch(key);
      await process.channel.beat(1, process.channel.nodeOf(key) ?? '');
      // the replica has been told of the beat
      await owner.command('WAIT', '1', '1000');
      const successor = await cluster.failover(owner.port, how);
      const node = `127.0.0.1:${successor.port}`;
      for (const one of [process, second]) {
        await eventually(() => one.heard.includes(`open ${node}`) && one.store.available(key));
        expect(one.store.epoch(key)).toBe(epoch);
        expect(one.told).not.toContain('new epoch');
        expect(one.channel.nodeOf(key)).toBe(node);
        expect(one.topologies.some(({ moved }) => moved)).toBe(true);
      }
      expect(asked).toEqual([{ promoted: true, owns: watched.map((one) => theirs.includes(one)) }]);
      for (const one of watched) expect(await stored(process, one)).toBe(String(ENTRY));
      await second.store.evict(watched);
      for (const one of watched) await eventually(() => process.heard.includes(`keys ${one}`));
      await process.channel.beat(9, node);
      await eventually(() => process.heard.includes(`beat 9 ${node}`));
      await owner.restart();
      await cluster.ready();
    },
  );

  test.each(['freezes', 'ends'])(
    'and nobody takes its place (%s), only its keys are without Redis',
    async (how) => {
      const lonely = await RedisCluster.start({ masters: 3, replicasEach: 0 });
      try {
        const process = await join({ nodes: lonely.nodes, readTimeoutMs: 500 });
        const failing = await lonely.serverOf(0);
        const { theirs, others } = split(process, failing.port);
        await Promise.all([...theirs, ...others].map((key) => filled(process, key)));
        const tags = Array.from({ length: 64 }, (_, i) => `#t${i}`);
        const isTheirs = (tag: string) => process.channel.nodeOf(tag)?.endsWith(`:${failing.port}`) === true;
        if (how === 'freezes') failing.freeze();
        else await failing.kill();
        const askedAt = Date.now();
        await eventually(
          () => process.store.tagClocks(),
          (clocks) => clocks.includes(null) && clocks.some((clock) => clock !== null),
        );
        // long before its connection is given up
        expect(Date.now() - askedAt).toBeLessThan(3_000);
        for (const key of others) expect(await stored(process, key)).toBe(String(ENTRY));
        expect(await process.store.evict(others)).toBe(true);
        const alive = tags.filter((tag) => !isTheirs(tag));
        expect(await process.store.invalidateTags(alive, 60_000)).toBe(true);
        expect(others.map((key) => process.store.available(key))).not.toContain(false);
        // those who wait for a server that is silent give up, until nobody asks it any more
        await eventually(() => {
          process.store.timedOut(theirs[0] ?? '');
          return theirs.every((key) => !process.store.available(key));
        });
        await process.channel.beat(1, process.channel.nodeOf(others[0] ?? '') ?? '');
        await eventually(() => process.heard.some((one) => one.startsWith('beat 1 ')));
        await eventually(() => theirs.every((key) => !process.store.available(key)));
      } finally {
        await lonely.stop();
      }
    },
  );

  test('and comes back with older data, neither nonces nor clocks of before are what they were', async () => {
    const lonely = await RedisCluster.start({ masters: 3, replicasEach: 0 });
    try {
      const process = await join({ nodes: lonely.nodes });
      const tag = names.memberOf(0);
      const failing = await lonely.serverOf(names.slotOf(tag));
      const before = await process.store.nonces([tag], 60_000);
      await failing.command('SAVE');
      const noted = await process.store.tagClocks();
      await process.store.invalidateTags([tag], 60_000);
      const epoch = process.store.epoch(tag);
      await failing.kill();
      await failing.restart();
      await eventually(() => process.store.available(tag) && process.store.epoch(tag) !== epoch);
      const [late] = await process.store.lateNonces([tag], noted, 60_000);
      expect(late?.timely).toBe(false);
      expect([late?.nonce, ...(await process.store.peekNonces([tag]))]).not.toContain(before[0]);
    } finally {
      await lonely.stop();
    }
  });

  test('and most of them do, an invalidation that nobody took is made up for before reads go on', async () => {
    const lonely = await RedisCluster.start({ masters: 3, replicasEach: 0 });
    try {
      const asked: boolean[][] = [];
      let key = 'not known yet';
      const process: Awaited<ReturnType<typeof join>> = await join({
        nodes: lonely.nodes,
        resume: async ({ owns }) => {
          asked.push([owns(key), owns('seeds:another')]);
          if (key !== 'not known yet' && owns(key)) await process.store.evict([key]);
          return 'resume';
        },
      });
      key = newKey();
      await filled(process, key);
      const owner = await lonely.serverOf(names.slotOf(key));
      const others = lonely.servers.filter(({ port }) => port !== owner.port);
      for (const server of others) server.freeze();
      await eventually(async () => (await owner.command('CLUSTER', 'INFO')).includes('state:fail'));
      asked.length = 0;
      const failed = await process.store.evict([key]).catch((error: unknown) => error);
      expect(failed).toMatchObject({ code: 'REDIS_UNAVAILABLE' });
      expect(process.store.reachable(key)).toBe(false);
      await expect(stored(process, key)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
      for (const server of others) server.thaw();
      await eventually(() => process.store.reachable(key));
      expect(asked).toContainEqual([true, false]);
      expect(await stored(process, key)).toBeUndefined();
    } finally {
      await lonely.stop();
    }
  });
});
