import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../../../../test/support/fleet.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { systemClock } from '../contracts/clock.js';
import type { Resume } from '../contracts/store.js';
import { FakeClock } from '../testing/fake-clock.js';
import type { RedisTarget } from './connection.js';
import { createConnection } from './connection.js';
import { KeyNames } from './key-names.js';
import type { LinkParts } from './server-link.js';
import { ServerLink } from './server-link.js';

jest.setTimeout(30_000);

const names = new KeyNames({ prefix: 'app', version: '1', alsoEvict: [] });
const BEAT = { channel: 'app:ch:1', message: 'b1' };
const EPOCH = /^[\da-f]{16}$/;

let server: RedisServer;
const links: ServerLink[] = [];

beforeEach(async () => {
  server = await RedisServer.start();
});

afterEach(async () => {
  await Promise.all(links.splice(0).map((link) => link.close()));
  await server.stop();
});

/** A link and what its owner was told. */
function linkTo(target: RedisTarget, extra: Partial<LinkParts> = {}) {
  const told: string[] = [];
  const link = new ServerLink(createConnection(target), {
    names,
    clock: systemClock,
    maxInFlight: 100,
    events: {
      onNewEpoch: () => told.push('new epoch'),
      onReady: () => told.push('ready'),
      onLost: () => told.push('lost'),
      onFailure: (kind, reason) => told.push(`${kind} ${reason}`),
      onBreaker: (state) => told.push(`breaker ${state}`),
    },
    ...extra,
  });
  links.push(link);
  link.open();
  return { link, told };
}

async function connected(extra: Partial<LinkParts> = {}) {
  const { link, told } = linkTo({ url: server.url }, extra);
  await eventually(() => link.ready);
  return { link, told };
}

/** Drops every connection of a client, as a network fault would. */
const cut = () => server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');

describe('a link', () => {
  test('is available when the server has been greeted, and not before', async () => {
    const { link, told } = linkTo({ url: server.url });
    expect([link.available(), link.epoch]).toEqual([false, '']);
    await eventually(() => link.available());
    expect(link.epoch).toMatch(EPOCH);
    expect(told).toEqual(['ready']);
  });

  test('knows the time of the server', async () => {
    const { link } = await connected();
    const [seconds, micros] = (await server.command('TIME')).split('\n').map(Number);
    const theirs = (seconds ?? 0) * 1_000 + (micros ?? 0) / 1_000;
    expect(Math.abs(link.serverTime() - theirs)).toBeLessThan(100);
  });

  test('keeps what it knows of that time when it was stopped while it asked', async () => {
    let stopped = 0;
    const { link } = await connected({ clock: { ...systemClock, now: () => systemClock.now() + stopped } });
    const ahead = link.serverTime() - systemClock.wall();
    const beat = link.beat(BEAT);
    stopped = 10_000;
    await beat;
    expect(Math.abs(link.serverTime() - systemClock.wall() - 10_000 - ahead)).toBeLessThan(100);
  });

  test('to a server that is not there yet finds it when it comes', async () => {
    await server.kill();
    const { link, told } = linkTo({ url: server.url });
    await eventually(() => told.includes('connection ECONNREFUSED'));
    expect(link.available()).toBe(false);
    await server.restart();
    await eventually(() => link.available());
  });

  test('rejects at once what is sent while it is not connected', async () => {
    await server.kill();
    const { link } = linkTo({ url: server.url });
    const sent = link.send(() => link.redis.get('secret-key'));
    await expect(sent).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  });

  test('rejects what is under way when the connection breaks, and sends nothing twice', async () => {
    const { link, told } = await connected();
    server.freeze();
    const sent = Array.from({ length: 20 }, () => link.send(() => link.redis.incr('count')));
    const outcomes = Promise.allSettled(sent);
    expect(link.inFlight).toBe(20);
    link.redis.disconnect(true);
    for (const { status } of await outcomes) expect(status).toBe('rejected');
    expect(link.inFlight).toBe(0);
    server.thaw();
    await eventually(() => told.filter((one) => one === 'ready').length === 2);
    expect(Number(await server.command('GET', 'count'))).toBeLessThanOrEqual(20);
  });

  test('is full at so many commands without an answer; what must not be refused still goes', async () => {
    const { link } = await connected({ maxInFlight: 3 });
    server.freeze();
    const sent = [1, 2, 3].map(() => link.send(() => link.redis.ping()));
    expect([link.available(), link.reachable()]).toEqual([false, true]);
    server.thaw();
    await Promise.all(sent);
    expect(link.available()).toBe(true);
  });

  test('piles nothing up for a server that is silent: full and unanswered, it is made anew', async () => {
    const clock = new FakeClock();
    const { link, told } = await connected({ clock, maxInFlight: 3 });
    server.freeze();
    const sent = Promise.allSettled([1, 2, 3].map(() => link.send(() => link.redis.incr('count'))));
    for (let i = 0; i < 6; i++) {
      link.breaker.failed();
      clock.jump(100);
    }
    const evict = link.send(() => link.redis.incr('count'));
    await expect(evict).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    for (const { status } of await sent) expect(status).toBe('rejected');
    expect(link.inFlight).toBe(0);
    server.thaw();
    await eventually(() => link.available());
    expect(told.filter((one) => one === 'ready' || one === 'lost')).toEqual(['ready', 'lost', 'ready']);
  });

  test('asks with a call only when nothing else was sent for a second: a question alone uses up no probe', async () => {
    const clock = new FakeClock();
    const { link } = await connected({ clock });
    server.freeze();
    for (let i = 0; i < 6; i++) {
      link.breaker.failed();
      clock.jump(100);
    }
    clock.jump(900);
    expect([link.available(), link.reachable(), link.available()]).toEqual([true, true, true]);
    const beat = link.beat(BEAT);
    expect([link.available(), link.reachable()]).toEqual([false, false]);
    server.thaw();
    await beat;
    expect(link.available()).toBe(true);
  });

  test('says what failed in words that hold no key, value or argument', async () => {
    const { link, told } = await connected();
    await server.command('SET', 'secret-key', 'secret-value');
    const sent = link.send(() => link.redis.lpush('secret-key', 'secret-value'));
    const error = await sent.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'REDIS_REFUSED', message: 'Redis answered WRONGTYPE' });
    expect(inspect(error)).not.toMatch(/secret/);
    expect(told).toEqual(['ready', 'command WRONGTYPE']);
  });

  test('takes a refusal for an answer: it opens no breaker, an absent answer does', async () => {
    const clock = new FakeClock();
    const { link, told } = await connected({ clock });
    await server.command('SET', 'text', 'x');
    const refused = () => link.send(() => link.redis.lpush('text', 'x')).catch(() => undefined);
    for (let i = 0; i < 20; i++) {
      await refused();
      clock.jump(100);
    }
    expect(link.available()).toBe(true);
    for (let i = 0; i < 6; i++) {
      link.breaker.failed();
      clock.jump(100);
    }
    expect([link.available(), link.reachable()]).toEqual([false, false]);
    await refused();
    expect(link.available()).toBe(true);
    expect(told.filter((one) => one.startsWith('breaker'))).toEqual(['breaker open', 'breaker closed']);
  });

  test('that is closed is available no more and has no connection', async () => {
    const { link } = await connected();
    await link.close();
    expect(link.available()).toBe(false);
    await eventually(() => link.redis.status === 'end');
    const clients = await server.command('CLIENT', 'LIST');
    expect(clients.trim().split('\n')).toHaveLength(1);
  });
});

describe('closing a link', () => {
  test('does not wait for a server that is frozen', async () => {
    const { link } = await connected();
    server.freeze();
    await link.close();
    expect(await eventually(() => link.redis.status === 'end')).toBe(true);
  });

  test('ends the attempts to connect to a server that is away: it stays away from it when it comes', async () => {
    const { link, told } = await connected();
    await server.kill();
    await eventually(() => told.includes('connection ECONNREFUSED'));
    await link.close();
    await server.restart();
    // others find it meanwhile
    for (let i = 0; i < 3; i++) await connected();
    expect(link.available()).toBe(false);
    expect(told.filter((one) => one === 'ready')).toHaveLength(1);
  });

  test('rejects what is under way', async () => {
    const { link } = await connected();
    server.freeze();
    const sent = link.send(() => link.redis.get('a'));
    const outcome = sent.catch((error: unknown) => error);
    await link.close();
    expect(await outcome).toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    expect(link.inFlight).toBe(0);
  });
});

describe('the epoch', () => {
  test('is the same for all processes and survives broken connections', async () => {
    const [one, other] = await Promise.all([connected(), connected()]);
    const { epoch } = one.link;
    expect(other.link.epoch).toBe(epoch);
    await cut();
    for (const { link, told } of [one, other]) {
      await eventually(() => told.filter((event) => event === 'ready').length === 2);
      expect(link.epoch).toBe(epoch);
      expect(told).not.toContain('new epoch');
    }
    expect(await server.command('HGET', names.epoch, 'epoch')).toBe(epoch);
  });

  test('is a new one after a restart, though a snapshot brings the old one back; all processes agree on it', async () => {
    const [one, other] = await Promise.all([connected(), connected()]);
    const { epoch } = one.link;
    await server.command('SAVE');
    await server.kill();
    await server.restart();
    for (const { told } of [one, other]) await eventually(() => told.includes('new epoch'));
    expect(one.link.epoch).toMatch(EPOCH);
    expect(one.link.epoch).not.toBe(epoch);
    expect(other.link.epoch).toBe(one.link.epoch);
    // it is known before anybody may read again
    expect(one.told.indexOf('new epoch')).toBeLessThan(one.told.lastIndexOf('ready'));
  });

  test('is a new one after a restart without any data', async () => {
    const { link, told } = await connected();
    const { epoch } = link;
    await server.kill();
    await server.restart();
    await eventually(() => told.filter((one) => one === 'ready').length === 2);
    expect(link.epoch).not.toBe(epoch);
    expect(told).toContain('new epoch');
  });

  test('is a new one after a flush, as the next beat finds out, and stays when the connection is made anew', async () => {
    const { link, told } = await connected();
    const { epoch } = link;
    await server.command('FLUSHALL');
    await link.beat(BEAT);
    const flushed = link.epoch;
    expect(flushed).toMatch(EPOCH);
    expect(flushed).not.toBe(epoch);
    expect(told).toEqual(['ready', 'new epoch']);
    await cut();
    await eventually(() => told.filter((one) => one === 'ready').length === 2);
    expect(link.epoch).toBe(flushed);
  });

  test('is not made anew by a beat while it is there', async () => {
    const { link, told } = await connected();
    const { epoch } = link;
    await link.beat(BEAT);
    expect(link.epoch).toBe(epoch);
    expect(told).toEqual(['ready']);
  });

  test('stays after a restart where the data on the disk is trusted, and then everything is replayed', async () => {
    const resumed = jest.fn<Resume>(() => Promise.resolve('resume'));
    const { link, told } = await connected({ trustPersistence: true, resume: resumed });
    const { epoch } = link;
    await server.command('SAVE');
    await server.kill();
    await server.restart();
    await eventually(() => told.filter((one) => one === 'ready').length === 2);
    expect(link.epoch).toBe(epoch);
    expect(told).not.toContain('new epoch');
    expect(resumed.mock.calls.map(([{ promoted }]) => promoted)).toEqual([false, true]);
  });

  test('is a new one at every greeting where this user may not ask for the run id', async () => {
    const printed = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    await server.command('ACL', 'SETUSER', 'app', 'on', '>seed', '~*', '&*', '+@all', '-info');
    const { link, told } = linkTo({ url: server.url, username: 'app', password: 'seed' });
    await eventually(() => link.available());
    const { epoch } = link;
    expect(epoch).toMatch(EPOCH);
    await cut();
    await eventually(() => told.filter((one) => one === 'ready').length === 2);
    expect(link.epoch).not.toBe(epoch);
    expect(told).toEqual(['ready', 'lost', 'new epoch', 'ready']);
    expect(link.degraded).toEqual([
      'the user may not use INFO: every reconnect counts as a restart of Redis',
    ]);
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  });
});

/** A `resume` that waits until the test says how it ends. */
function heldResume() {
  const held: { end: (outcome: 'resume' | 'renew') => void; fail: (error: Error) => void }[] = [];
  const resume = jest.fn<Resume>(
    () => new Promise((resolve, reject) => void held.push({ end: resolve, fail: reject })),
  );
  return { resume, held };
}

describe('before reads resume', () => {
  test('what was missed is replayed: it can be sent, but nobody else may count on the server yet', async () => {
    const { resume, held } = heldResume();
    const { link, told } = linkTo({ url: server.url }, { resume });
    await eventually(() => held.length === 1);
    expect([link.ready, link.available(), link.reachable()]).toEqual([false, false, false]);
    expect(link.epoch).toMatch(EPOCH);
    expect(await link.script({ script: 'release', keys: ['k'], args: ['token'] })).toBe(0);
    await expect(link.beat(BEAT)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    expect(told).toEqual([]);
    held[0]?.end('resume');
    await eventually(() => link.available());
    expect(told).toEqual(['ready']);
  });

  test('the owner is told which keys are the server’s, all of them unless somebody knows better', async () => {
    const { resume, held } = heldResume();
    linkTo({ url: server.url }, { resume });
    linkTo({ url: server.url }, { resume, owns: (name) => name === 'mine' });
    await eventually(() => held.length === 2);
    const owned = resume.mock.calls.map(([{ owns }]) => ['mine', 'other'].map((name) => owns(name)));
    expect(owned.sort()).toEqual([
      [true, false],
      [true, true],
    ]);
    for (const one of held) one.end('resume');
  });

  test('a server on which not everything can be made up for gets a new epoch', async () => {
    const outcomes = ['resume', 'renew', 'resume'] as const;
    let greetings = 0;
    const resume: Resume = () => Promise.resolve(outcomes[greetings++] ?? 'resume');
    const { link, told } = await connected({ resume });
    const other = await connected();
    const { epoch } = link;
    await cut();
    await eventually(() => told.filter((one) => one === 'ready').length === 2);
    expect(link.epoch).not.toBe(epoch);
    expect(told.slice(-2)).toEqual(['new epoch', 'ready']);
    await eventually(() => other.link.ready);
    await other.link.beat(BEAT);
    expect(other.link.epoch).toBe(link.epoch);
    const renewed = link.epoch;
    await cut();
    await eventually(() => told.filter((one) => one === 'ready').length === 3);
    expect(link.epoch).toBe(renewed);
  });

  test('a replay that fails is tried again on a new connection', async () => {
    const { resume, held } = heldResume();
    const { link, told } = linkTo({ url: server.url }, { resume });
    await eventually(() => held.length === 1);
    held[0]?.fail(new Error('not now'));
    await eventually(() => held.length === 2);
    expect(link.ready).toBe(false);
    held[1]?.end('resume');
    await eventually(() => link.ready);
    expect(told).toEqual(['ready']);
  });

  test('a replay that ends after its connection broke opens nothing: the next one decides', async () => {
    const { resume, held } = heldResume();
    const { link, told } = linkTo({ url: server.url }, { resume });
    await eventually(() => held.length === 1);
    await cut();
    await eventually(() => held.length === 2);
    held[0]?.end('resume');
    await link.send(() => link.redis.ping());
    expect(link.ready).toBe(false);
    held[1]?.end('resume');
    await eventually(() => link.ready);
    expect(told.filter((one) => one === 'ready')).toEqual(['ready']);
  });

  test('a link that was closed meanwhile stays closed', async () => {
    const { resume, held } = heldResume();
    const { link, told } = linkTo({ url: server.url }, { resume });
    await eventually(() => held.length === 1);
    await link.close();
    held[0]?.end('resume');
    await eventually(() => link.redis.status === 'end');
    expect([link.ready, told]).toEqual([false, []]);
  });
});

describe('a server that still reads its data from the disk', () => {
  const KEYS = 400;
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'nuthatch-loading-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  test('is asked less and less often, and read from when it is done', async () => {
    await server.stop();
    const slowly = [
      '--rdbcompression',
      'no',
      '--key-load-delay',
      '3000',
      '--loading-process-events-interval-bytes',
      '1024',
    ];
    server = await RedisServer.start({ dir, args: slowly });
    const { link, told } = await connected();
    await server.command(
      'EVAL',
      `for i = 1, ${KEYS} do redis.call('SET', 'k' .. i, string.rep(i, 2000)) end`,
      '0',
    );
    await server.command('SAVE');
    await server.kill();
    told.length = 0;
    const back = server.restart();
    await eventually(() => told.includes('command LOADING'));
    expect([link.ready, link.available()]).toEqual([false, false]);
    await back;
    await eventually(() => link.ready);
    expect(told.filter((one) => one === 'command LOADING').length).toBeLessThan(10);
    expect(await link.send(() => link.redis.exists(`k${KEYS}`))).toBe(1);
  });
});
