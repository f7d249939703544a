import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../../../../test/support/fleet.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { systemClock } from '../contracts/clock.js';
import type { RedisTarget } from './connection.js';
import { createConnection } from './connection.js';
import { KeyNames } from './key-names.js';
import { RedisChannel } from './redis-channel.js';
import { RedisStore } from './redis-store.js';
import { ServerLink } from './server-link.js';

jest.setTimeout(30_000);

const names = new KeyNames({ prefix: 'app', version: '1', alsoEvict: [] });

let server: RedisServer;
const closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  server = await RedisServer.start();
});

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await server.stop();
});

/** One process on the channel: what it hears, in order. */
function listen(target: RedisTarget = { url: server.url }) {
  const quiet = () => undefined;
  const events = { onNewEpoch: quiet, onReady: quiet, onLost: quiet, onFailure: quiet, onBreaker: quiet };
  const redis = createConnection({ url: server.url });
  const link = new ServerLink(redis, { names, clock: systemClock, events, maxInFlight: 1_000 });
  const channel = new RedisChannel(createConnection(target, { protocol: 2 }), link, names, systemClock);
  const store = RedisStore.on(link, {
    names,
    clock: systemClock,
    readTimeoutMs: 5_000,
    maxEntryBytes: 1_000_000,
  });
  const heard: string[] = [];
  link.open();
  channel.open({
    onKeys: (keys) => heard.push(`keys ${keys.join()}`),
    onStale: (keys) => heard.push(`stale ${keys.join()}`),
    onTags: (tags) => heard.push(`tags ${tags.join()}`),
    onGap: (reason) => heard.push(`gap: ${reason}`),
    onBeat: (beat) => heard.push(`beat ${beat}`),
    onOpen: () => heard.push('open'),
    onTopology: () => heard.push('topology'),
  });
  closers.push(async () => {
    await channel.close();
    await link.close();
  });
  return { link, channel, store, heard };
}

async function listening(target?: RedisTarget) {
  const process = listen(target);
  await eventually(() => process.link.ready && process.heard.includes('open'));
  process.heard.length = 0;
  return process;
}

/** What a single server is called. */
const node = 'redis';

const cut = () => server.command('CLIENT', 'KILL', 'TYPE', 'pubsub');

describe('the channel', () => {
  test('tells every process, this one too, what was invalidated, in the order of the server', async () => {
    const [one, other] = await Promise.all([listening(), listening()]);
    await one.store.evict(['seeds:s1:a']);
    await other.store.invalidateTags(['#birds', '@seeds'], 60_000);
    await one.store.begin('seeds:s1:b', 'writer', 1_000);
    await other.store.commit('seeds:s1:c', 'writer', null);
    const all = ['keys seeds:s1:a', 'tags #birds,@seeds', 'keys seeds:s1:b', 'keys seeds:s1:c'];
    for (const { heard } of [one, other]) {
      await eventually(() => heard.length >= 4);
      expect(heard).toEqual(all);
    }
  });

  test('brings names back that hold anything a name may hold', async () => {
    const { store, heard } = await listening();
    const key = 'seeds:s9:"\\\n\u2028 Кле';
    await store.evict([key]);
    await eventually(() => heard.length > 0);
    expect(heard).toEqual([`keys ${key}`]);
  });

  test('brings a beat back to the process that sent it, and to no other', async () => {
    const [one, other] = await Promise.all([listening(), listening()]);
    await one.channel.beat(7, node);
    await other.store.evict(['last']);
    await eventually(() => one.heard.length === 2 && other.heard.length === 1);
    expect([one.heard, other.heard]).toEqual([['beat 7', 'keys last'], ['keys last']]);
  });

  test('lets no beat overtake an invalidation that was acknowledged before the beat was sent', async () => {
    const [one, other] = await Promise.all([listening(), listening()]);
    for (let round = 1; round <= 300; round++) {
      await other.store.evict([`k${round}`]);
      void one.channel.beat(round, node);
    }
    await eventually(() => one.heard.includes('beat 300'));
    for (let round = 1; round <= 300; round++) {
      expect(one.heard.indexOf(`keys k${round}`)).toBeLessThan(one.heard.indexOf(`beat ${round}`));
    }
  });

  test('takes a message that it cannot read for a gap', async () => {
    const { heard } = await listening();
    await server.command('PUBLISH', names.channel, 'hello');
    await server.command('PUBLISH', names.channel, 'k["half');
    await eventually(() => heard.length === 2);
    expect(heard).toEqual(['gap: unreadable message', 'gap: unreadable message']);
  });

  test('takes no beat from the channel of all: only its own one proves anything', async () => {
    const { store, heard } = await listening();
    await server.command('PUBLISH', names.channel, 'b1');
    await store.evict(['last']);
    await eventually(() => heard.length > 0);
    expect(heard).toEqual(['keys last']);
  });

  test('does not send a beat while the server has not been greeted', async () => {
    const { channel } = listen();
    await expect(channel.beat(1, node)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  });
});

describe('a channel that breaks', () => {
  test('says so, and opens again by itself', async () => {
    const { store, heard } = await listening();
    await cut();
    await eventually(() => heard.includes('open'));
    expect(heard).toEqual(['gap: channel disconnected', 'open']);
    await store.evict(['a']);
    await eventually(() => heard.length === 3);
    expect(heard[2]).toBe('keys a');
  });

  test('says so once however long it takes, not with every attempt to connect', async () => {
    const { link, heard } = await listening();
    const failures: unknown[] = [];
    link.redis.on('error', (error) => failures.push(error));
    await server.kill();
    // both connections try again at the same pace
    await eventually(() => failures.length >= 4);
    expect(heard).toEqual(['gap: channel disconnected']);
    await server.restart();
    await eventually(() => heard.includes('open'));
    expect(heard).toEqual(['gap: channel disconnected', 'open']);
  });

  test('says so each time', async () => {
    const { heard } = await listening();
    for (let times = 1; times <= 3; times++) {
      await cut();
      await eventually(() => heard.filter((one) => one === 'open').length === times);
    }
    expect(heard).toEqual(Array(3).fill(['gap: channel disconnected', 'open']).flat());
  });

  test('opens when this user is given the right to it, and says until then that it was refused', async () => {
    const limited = ['ACL', 'SETUSER', 'app', 'on', '>seed', '~*', '+@all'];
    await server.command(...limited, 'resetchannels');
    const { heard } = listen({ url: server.url, username: 'app', password: 'seed' });
    await eventually(() => heard.length > 0);
    expect(heard).toEqual(['gap: subscribe refused: NOPERM']);
    await server.command(...limited, 'allchannels');
    await eventually(() => heard.includes('open'));
    // it was asked for again and again, on new connections, but each reason is told once
    expect(heard).toEqual(['gap: subscribe refused: NOPERM', 'gap: channel disconnected', 'open']);
  });

  test('because the right to it was taken away says so, and opens when the right is given back', async () => {
    const rights = (rule: string) => server.command('ACL', 'SETUSER', 'default', rule);
    const { heard } = await listening();
    await rights('resetchannels');
    await eventually(() => heard.length === 2);
    expect(heard).toEqual(['gap: channel disconnected', 'gap: subscribe refused: NOPERM']);
    await rights('allchannels');
    await eventually(() => heard.includes('open'));
    expect(heard).toHaveLength(3);
  });

  test('while it subscribes, time and again, opens in the end, and no failure goes unhandled', async () => {
    const { heard } = listen();
    for (let times = 0; times < 200 && heard.length < 50; times++) await cut();
    await eventually(() => heard.at(-1) === 'open');
    // the run would end here with an unhandled rejection
    expect(heard).toContain('gap: channel disconnected');
  });

  test('says nothing more once it was closed', async () => {
    const { channel, store, heard } = await listening();
    await channel.close();
    await store.evict(['a']);
    await cut();
    const clients = await eventually(
      () => server.command('CLIENT', 'LIST', 'TYPE', 'pubsub'),
      (list) => list.trim() === '',
    );
    expect(clients.trim()).toBe('');
    expect(heard).toEqual([]);
  });
});
