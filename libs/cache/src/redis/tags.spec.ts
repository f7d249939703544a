import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { callsDuring, eventually } from '../../../../test/support/fleet.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { systemClock } from '../contracts/clock.js';
import { timely } from '../contracts/tag-clock.js';
import { createConnection } from './connection.js';
import { KeyNames } from './key-names.js';
import { RedisStore } from './redis-store.js';
import { ServerLink } from './server-link.js';

jest.setTimeout(30_000);

const names = new KeyNames({ prefix: 'app', version: '2', alsoEvict: [] });
const NONCE = /^[\w-]+\.\d+:[\w-]+$/;

let server: RedisServer;
let link: ServerLink;
let store: RedisStore;

beforeAll(async () => {
  server = await RedisServer.start();
  const quiet = () => undefined;
  const events = { onNewEpoch: quiet, onReady: quiet, onLost: quiet, onFailure: quiet, onBreaker: quiet };
  const redis = createConnection({ url: server.url });
  link = new ServerLink(redis, { names, clock: systemClock, events, maxInFlight: 10_000 });
  store = RedisStore.on(link, { names, clock: systemClock, readTimeoutMs: 5_000, maxEntryBytes: 1_000_000 });
  link.open();
  await eventually(() => link.ready);
});

afterAll(async () => {
  await link.close();
  await server.stop();
});

beforeEach(async () => {
  await server.command('FLUSHALL');
});

const ttl = async (tag: string) => Number(await server.command('PTTL', names.tag(tag)));
/** The counter inside a nonce. */
const count = (nonce: string | null | undefined) => Number(/\.(\d+):/.exec(nonce ?? '')?.[1]);

describe('the nonces of tags', () => {
  test('are made when they are missing, under exactly these names, and stay', async () => {
    const first = await store.nonces(['#birds', '#seeds'], 60_000);
    for (const nonce of first) expect(nonce).toMatch(NONCE);
    const keys = (await server.command('KEYS', '*')).split('\n').sort();
    expect(keys).toEqual(['app:t:{#birds}', 'app:t:{#seeds}', 'app:tc']);
    expect(await store.nonces(['#birds', '#seeds'], 60_000)).toEqual(first);
    expect(await store.peekNonces(['#seeds', '#birds'])).toEqual([...first].reverse());
  });

  test('come in the order of the tags, old and new mixed', async () => {
    const [birds] = await store.nonces(['#birds'], 60_000);
    const [seeds, again, trees] = await store.nonces(['#seeds', '#birds', '#trees'], 60_000);
    expect(again).toBe(birds);
    expect(await store.peekNonces(['#trees', '#seeds'])).toEqual([trees, seeds]);
  });

  test('are not made by looking', async () => {
    expect(await store.peekNonces(['#birds'])).toEqual([null]);
    expect(await server.command('KEYS', '*')).toBe('');
  });

  test('of no tags cost nothing', async () => {
    const calls = await callsDuring(server, async () => {
      expect(await store.nonces([], 60_000)).toEqual([]);
      expect(await store.peekNonces([])).toEqual([]);
    });
    expect(calls).toEqual({});
  });

  test('live as long as was asked for, and are prolonged when less than half of that is left', async () => {
    await store.nonces(['#birds'], 10_000);
    expect(await ttl('#birds')).toBeGreaterThan(9_000);
    await store.nonces(['#birds'], 15_000);
    expect(await ttl('#birds')).toBeLessThanOrEqual(10_000);
    await store.nonces(['#birds'], 60_000);
    expect(await ttl('#birds')).toBeGreaterThan(50_000);
  });

  test('that were lost are made anew, never the same, never older', async () => {
    const seen = new Set<string>();
    let last = 0;
    for (let i = 0; i < 50; i++) {
      const [nonce = ''] = await store.nonces(['#birds'], 60_000);
      expect(seen.has(nonce)).toBe(false);
      expect(count(nonce)).toBeGreaterThan(last);
      seen.add(nonce);
      last = count(nonce);
      await server.command('DEL', 'app:t:{#birds}');
    }
  });

  test('belong to another epoch when the clock was lost with them', async () => {
    const [before = ''] = await store.nonces(['#birds'], 60_000);
    await server.command('DEL', 'app:t:{#birds}', 'app:tc');
    const [after = ''] = await store.nonces(['#birds'], 60_000);
    expect(after.split('.')[0]).not.toBe(before.split('.')[0]);
  });

  test('are made once when a hundred ask at once', async () => {
    const replies = await Promise.all(Array.from({ length: 100 }, () => store.nonces(['#birds'], 60_000)));
    expect(new Set(replies.flat()).size).toBe(1);
  });
});

describe('an invalidation of tags', () => {
  test('gives each of them a new nonce, later than the old one, and leaves the others alone', async () => {
    const before = await store.nonces(['#birds', '#seeds', '#trees'], 60_000);
    await store.invalidateTags(['#birds', '#seeds'], 30_000);
    const after = await store.peekNonces(['#birds', '#seeds', '#trees']);
    expect(after[2]).toBe(before[2]);
    for (const i of [0, 1]) {
      expect(after[i]).toMatch(NONCE);
      expect(after[i]).not.toBe(before[i]);
      expect(count(after[i])).toBeGreaterThan(count(before[i]));
    }
    expect(await ttl('#birds')).toBeGreaterThan(20_000);
    expect(await ttl('#birds')).toBeLessThanOrEqual(30_000);
  });

  test('of a tag that nobody has read yet makes its nonce all the same', async () => {
    await store.invalidateTags(['#birds'], 30_000);
    expect((await store.peekNonces(['#birds']))[0]).toMatch(NONCE);
  });

  test('is one command for a thousand tags, and reaches them all', async () => {
    const tags = Array.from({ length: 2_500 }, (_, i) => `#t${i}`);
    const before = await store.nonces(tags, 60_000);
    await store.invalidateTags(tags.slice(0, 1), 30_000);
    const calls = await callsDuring(server, () => store.invalidateTags(tags, 30_000));
    expect(calls).toMatchObject({ evalsha: 3, publish: 3 });
    const after = await store.peekNonces(tags);
    expect(after.filter((nonce, i) => nonce === null || nonce === before[i])).toEqual([]);
  });
});

/** The clock as a load notes it. */
async function noted() {
  const [epoch = '', n] = (await link.script({
    script: 'tagClock',
    keys: [names.tagClock],
    args: [random()],
  })) as string[];
  return { epoch, n: Number(n) };
}

/** Nonces as they are read after a load, with the clock beside them. */
async function readings(...tags: string[]) {
  const keys = [names.tagClock, ...tags.map((tag) => names.tag(tag))];
  const reply = (await link.script({ script: 'nonces', keys, args: [random(), 60_000] })) as string[];
  const [epoch = '', i] = reply.slice(tags.length);
  return { nonces: reply.slice(0, tags.length), now: { epoch, invalidatedAt: Number(i) } };
}

let made = 0;
const random = () => `random-${made++}`;

describe('the tag clock', () => {
  test('is made when somebody notes it, and stays', async () => {
    const first = await noted();
    expect(first).toEqual({ epoch: expect.stringMatching(/^[\w-]+$/), n: 0 });
    expect(await noted()).toEqual(first);
    expect(await server.command('KEYS', '*')).toBe(names.tagClock);
  });

  test('is advanced by every nonce that is made, and by no other reading', async () => {
    const { epoch } = await noted();
    await store.nonces(['#birds'], 60_000);
    await store.nonces(['#seeds'], 60_000);
    expect(await noted()).toEqual({ epoch, n: 2 });
    await store.nonces(['#birds', '#seeds'], 60_000);
    expect(await noted()).toEqual({ epoch, n: 2 });
    await store.invalidateTags(['#birds', '#seeds'], 60_000);
    expect(await noted()).toEqual({ epoch, n: 3 });
  });

  test('comes with the nonces: where it stood at the last invalidation, not at the last nonce made', async () => {
    const { epoch } = await noted();
    expect(await readings('#birds')).toMatchObject({ now: { epoch, invalidatedAt: 0 } });
    await store.invalidateTags(['#seeds'], 60_000);
    const { n } = await noted();
    expect(n).toBe(2);
    expect(await readings('#birds', '#trees')).toMatchObject({ now: { epoch, invalidatedAt: n } });
    expect((await noted()).n).toBe(3);
  });

  test('is made with the nonces where all of them are still there but the clock is lost', async () => {
    const [nonce] = await store.nonces(['#birds'], 60_000);
    await server.command('DEL', names.tagClock);
    const { nonces, now } = await readings('#birds');
    expect(nonces).toEqual([nonce]);
    expect(now).toEqual({ epoch: (await noted()).epoch, invalidatedAt: 0 });
  });

  test.each([
    { what: 'it was lost', damage: ['DEL', names.tagClock] },
    { what: 'it lost its epoch', damage: ['HDEL', names.tagClock, 'e'] },
    { what: 'it lost its counter', damage: ['HDEL', names.tagClock, 'n'] },
    { what: 'it lost the time of the last invalidation', damage: ['HDEL', names.tagClock, 'i'] },
    { what: 'its counter is no number', damage: ['HSET', names.tagClock, 'n', '1e3'] },
    {
      what: 'its counter is near the end of all numbers',
      damage: ['HSET', names.tagClock, 'n', '9'.repeat(18)],
    },
    { what: 'its epoch fits into no nonce', damage: ['HSET', names.tagClock, 'e', 'a.b'] },
    { what: 'it is a string', damage: ['SET', names.tagClock, 'x'] },
  ])('is another one from then on when $what', async ({ damage }) => {
    await store.invalidateTags(['#birds'], 60_000);
    const before = await noted();
    await server.command(...damage);
    const { nonces, now } = await readings('#birds', '#new');
    expect(now.epoch).not.toBe(before.epoch);
    expect(nonces[0]?.startsWith(`${before.epoch}.`)).toBe(true);
    expect(nonces[1]?.startsWith(`${now.epoch}.1:`)).toBe(true);
    expect(await noted()).toEqual({ epoch: now.epoch, n: 1 });
  });
});

describe('a tag that a load names only in its result', () => {
  const isTimely = async (clock: Awaited<ReturnType<typeof noted>>, tag: string) => {
    const { nonces, now } = await readings(tag);
    return timely(clock, nonces[0] ?? '', now);
  };

  test.each<{ meanwhile: string; act: () => Promise<unknown>; keeps: boolean }>([
    { meanwhile: 'nothing', act: () => Promise.resolve(), keeps: true },
    { meanwhile: 'it is invalidated', act: () => store.invalidateTags(['#birds'], 60_000), keeps: false },
    {
      meanwhile: 'it is invalidated and its nonce is lost',
      act: async () => {
        await store.invalidateTags(['#birds'], 60_000);
        await server.command('DEL', names.tag('#birds'));
      },
      keeps: false,
    },
    { meanwhile: 'another is invalidated', act: () => store.invalidateTags(['#seeds'], 60_000), keeps: true },
    { meanwhile: 'its nonce is lost', act: () => server.command('DEL', names.tag('#birds')), keeps: true },
    {
      meanwhile: 'its nonce is lost and another is invalidated',
      act: async () => {
        await server.command('DEL', names.tag('#birds'));
        await store.invalidateTags(['#seeds'], 60_000);
      },
      keeps: false,
    },
    { meanwhile: 'the clock is lost', act: () => server.command('DEL', names.tagClock), keeps: false },
    { meanwhile: 'everything is lost', act: () => server.command('FLUSHALL'), keeps: false },
  ])('keeps what was loaded: $keeps, when meanwhile $meanwhile', async ({ act, keeps }) => {
    await store.nonces(['#birds'], 60_000);
    await store.invalidateTags(['#seeds'], 60_000);
    const clock = await noted();
    await act();
    expect(await isTimely(clock, '#birds')).toBe(keeps);
  });

  test('that nobody has read before keeps what was loaded, unless something was invalidated', async () => {
    const clock = await noted();
    expect(await isTimely(clock, '#birds')).toBe(true);
    await store.invalidateTags(['#seeds'], 60_000);
    expect(await isTimely(clock, '#trees')).toBe(false);
  });
});

describe('the nonces of keys without a clock', () => {
  const keyNonces = async (...keys: string[]) =>
    (await link.script({
      script: 'keyNonces',
      keys: keys.map((key) => names.tag(key)),
      args: [random(), 60_000],
    })) as string[];

  test('are made, kept, prolonged, and never the same again', async () => {
    const [first = ''] = await keyNonces('seeds:s1:a');
    expect(first).toMatch(NONCE);
    expect(await keyNonces('seeds:s1:a', 'seeds:s1:a')).toEqual([first, first]);
    await server.command('PEXPIRE', names.tag('seeds:s1:a'), '1000');
    await keyNonces('seeds:s1:a');
    expect(await ttl('seeds:s1:a')).toBeGreaterThan(50_000);
    await server.command('DEL', names.tag('seeds:s1:a'));
    expect(await keyNonces('seeds:s1:a')).not.toEqual([first]);
    expect(await server.command('EXISTS', names.tagClock)).toBe('0');
  });

  test('say nothing about time: they keep no result after any invalidation', async () => {
    const clock = await noted();
    const [nonce = ''] = await keyNonces('seeds:s1:a');
    expect(timely(clock, nonce, { epoch: clock.epoch, invalidatedAt: clock.n + 1 })).toBe(false);
  });
});

describe('an invalidation that is announced by markers', () => {
  test('renews the tags and marks one key for each, of which nothing is left', async () => {
    const tracker = createConnection({ url: server.url }, { protocol: 2 });
    await tracker.connect();
    const id = String(await tracker.client('ID'));
    await tracker.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, 'BCAST', 'PREFIX', 'app:i:');
    await tracker.subscribe('__redis__:invalidate');
    const heard: string[] = [];
    tracker.on('messageBuffer', (_channel: Buffer, keys: Buffer[]) => heard.push(...keys.map(String)));

    const tags = ['#birds', '#seeds', '#trees'];
    const before = await store.nonces(tags, 60_000);
    const markers = tags.map((tag) => `app:i:{${tag}}`);
    const keys = [names.tagClock, ...tags.map((tag) => names.tag(tag)), ...markers];
    await link.script({ script: 'invalidateTags', keys, args: ['', '', random(), 60_000] });
    const after = await store.peekNonces(tags);
    expect(after.filter((nonce, i) => nonce === null || nonce === before[i])).toEqual([]);
    const clock = await noted();
    expect((await readings(...tags)).now).toEqual({ epoch: clock.epoch, invalidatedAt: clock.n });
    await eventually(() => heard.length >= markers.length);
    // what comes later shows that no marker was told of twice
    await server.command('SET', 'app:i:end', '');
    await eventually(() => heard.includes('app:i:end'));
    expect(heard.sort()).toEqual(['app:i:end', ...markers].sort());
    expect(await server.command('EXISTS', ...markers)).toBe('0');
    tracker.disconnect();
  });
});
