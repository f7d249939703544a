import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { FakeClock } from '../testing/fake-clock.js';
import { createConnection, runScript } from './connection.js';
import type { Acquaintance, GreetingMode, Identity, ServerReply } from './greeting.js';
import { greeting, greetingMode, identify, lacksTooMuch, readServerReply, tookOver } from './greeting.js';

const KEY = 'app:e:0';
const OLD = 'a'.repeat(16);
const NEW = 'b'.repeat(16);

describe('who serves the data', () => {
  test('is read from INFO', () => {
    const info =
      '# Server\r\nredis_version:7.0.15\r\nrun_id:4fd1\r\nuptime_in_seconds:30\r\nuptime_in_days:0\r\n';
    expect(identify(info, '10.1.2.3:6379')).toEqual({ run: '4fd1', uptime: '30', at: '10.1.2.3:6379' });
  });

  test('is unknown to a user who may not ask', () => {
    expect(identify('', 'x:1')).toEqual({ run: '', uptime: '', at: 'x:1' });
  });
});

describe('a greeting', () => {
  let server: RedisServer;
  let redis: Redis;

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = createConnection({ url: server.url });
    await redis.connect();
  });

  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  beforeEach(async () => {
    await server.command('FLUSHALL');
  });

  const seconds = async () => Number((await server.command('TIME')).split('\n')[0]);
  const hello = async (who: Identity, mode: GreetingMode = ''): Promise<ServerReply> =>
    readServerReply(await runScript(redis, greeting(KEY, who, NEW, mode), 'text'));
  const fields = async (...names: string[]) => (await server.command('HMGET', KEY, ...names)).split('\n');

  /** Data whose master was last seen a minute ago. */
  async function dataOf(run: string, at: string): Promise<number> {
    const seen = ((await seconds()) - 60) * 1_000;
    await server.command('HSET', KEY, 'epoch', OLD, 'run', run, 'at', at, 'seen', String(seen));
    return seen;
  }

  test('of a server without an epoch gives it one, and notes who serves it, where, and when', async () => {
    expect(await hello({ run: 'one', uptime: '9', at: 'x:1' })).toMatchObject({
      epoch: NEW,
      promoted: false,
    });
    const [epoch, run, at, seen] = await fields('epoch', 'run', 'at', 'seen');
    expect([epoch, run, at]).toEqual([NEW, 'one', 'x:1']);
    expect(Math.abs(Number(seen) / 1_000 - (await seconds()))).toBeLessThan(2);
  });

  const LONG = '600';
  test.each<{ what: string; data: [string, string]; who: Identity; mode?: GreetingMode; keeps: boolean }>([
    { what: 'the same process', data: ['one', ''], who: { run: 'one', uptime: LONG, at: '' }, keeps: true },
    {
      what: 'the same process, reached elsewhere',
      data: ['one', 'x:1'],
      who: { run: 'one', uptime: LONG, at: 'y:1' },
      keeps: true,
    },
    { what: 'another process', data: ['one', ''], who: { run: 'two', uptime: LONG, at: '' }, keeps: false },
    {
      what: 'another process at the same place',
      data: ['one', 'x:1'],
      who: { run: 'two', uptime: LONG, at: 'x:1' },
      keeps: false,
    },
    {
      what: 'another process elsewhere, older than the last beat',
      data: ['one', 'x:1'],
      who: { run: 'two', uptime: LONG, at: 'y:1' },
      keeps: true,
    },
    {
      what: 'another process elsewhere, younger than the last beat',
      data: ['one', 'x:1'],
      who: { run: 'two', uptime: '30', at: 'y:1' },
      keeps: false,
    },
    {
      what: 'another process elsewhere, perhaps as old as the last beat',
      data: ['one', 'x:1'],
      who: { run: 'two', uptime: '60', at: 'y:1' },
      keeps: false,
    },
    {
      what: 'another process elsewhere, of unknown age',
      data: ['one', 'x:1'],
      who: { run: 'two', uptime: '', at: 'y:1' },
      keeps: false,
    },
    {
      what: 'another process, where the last one was is unknown',
      data: ['one', ''],
      who: { run: 'two', uptime: LONG, at: 'y:1' },
      keeps: false,
    },
    {
      what: 'another process, where it is is unknown',
      data: ['one', 'x:1'],
      who: { run: 'two', uptime: LONG, at: '' },
      keeps: false,
    },
    {
      what: 'a process elsewhere, the last one is unknown',
      data: ['', 'x:1'],
      who: { run: 'two', uptime: LONG, at: 'y:1' },
      keeps: false,
    },
    {
      what: 'an unknown process where the last one was',
      data: ['one', ''],
      who: { run: '', uptime: '', at: '' },
      keeps: false,
    },
    {
      what: 'an unknown process after an unknown one',
      data: ['', ''],
      who: { run: '', uptime: '', at: '' },
      keeps: false,
    },
    {
      what: 'what looks like a promotion but is known to be a restart',
      data: ['one', 'x:1'],
      who: { run: 'two', uptime: LONG, at: 'y:1' },
      mode: 'restart',
      keeps: false,
    },
    {
      what: 'the same process, known to have been a restart once',
      data: ['one', 'x:1'],
      who: { run: 'one', uptime: LONG, at: 'x:1' },
      mode: 'restart',
      keeps: true,
    },
    {
      what: 'another process whose data is trusted',
      data: ['one', ''],
      who: { run: 'two', uptime: '1', at: '' },
      mode: 'trust',
      keeps: true,
    },
    {
      what: 'an unknown process whose data is trusted',
      data: ['one', ''],
      who: { run: '', uptime: '', at: '' },
      mode: 'trust',
      keeps: true,
    },
    {
      what: 'the same process, whose epoch shall be another',
      data: ['one', ''],
      who: { run: 'one', uptime: LONG, at: '' },
      mode: 'renew',
      keeps: false,
    },
  ])('of $what: the epoch stays: $keeps', async ({ data, who, mode, keeps }) => {
    const seen = await dataOf(...data);
    const reply = await hello(who, mode);
    const takenOver = keeps && data[0] !== who.run;
    expect(reply).toMatchObject({
      epoch: keeps ? OLD : NEW,
      since: takenOver ? String(seen) : '',
      promoted: takenOver,
    });
    expect(await fields('epoch', 'run', 'at')).toEqual([keeps ? OLD : NEW, who.run, who.at]);
  });

  test('tells everybody after a promotion up to when the data is whole, and only the first that it was one', async () => {
    const seen = await dataOf('one', 'x:1');
    const who = { run: 'two', uptime: LONG, at: 'y:1' };
    expect(await hello(who)).toMatchObject({ epoch: OLD, since: String(seen), promoted: true });
    expect(await hello(who)).toMatchObject({ epoch: OLD, since: String(seen), promoted: false });
    expect(await hello(who, 'renew')).toMatchObject({ epoch: NEW, since: '', promoted: false });
    expect(await hello(who)).toMatchObject({ epoch: NEW, since: '', promoted: false });
  });

  test('takes data without a sensible time for data from a disk', async () => {
    await dataOf('one', 'x:1');
    for (const seen of ['', 'soon', '-1']) {
      await server.command('HSET', KEY, 'epoch', OLD, 'run', 'one', 'at', 'x:1', 'seen', seen);
      expect((await hello({ run: 'two', uptime: LONG, at: 'y:1' })).epoch).toBe(NEW);
    }
  });
});

/** An acquaintance that was left at 1,000 ms of our clock, 50,000 ms of the server's. */
const KNOWN: Acquaintance = {
  epoch: OLD,
  run: 'one',
  at: 'x:1',
  left: { monotonic: 1_000, server: 50_000 },
};

describe('what this process remembers', () => {
  const who = (run: string, at: string): Identity => ({ run, uptime: '1', at });
  const reply = (epoch: string, promoted = false, since = ''): ServerReply => ({
    epoch,
    promoted,
    since,
    time: 0,
  });

  test('tells a restart from a promotion: another process in the same place', () => {
    expect(greetingMode(who('two', 'x:1'), KNOWN, false)).toBe('restart');
    expect(greetingMode(who('two', 'y:1'), KNOWN, false)).toBe('');
    expect(greetingMode(who('one', 'x:1'), KNOWN, false)).toBe('');
    expect(greetingMode(who('two', 'x:1'), undefined, false)).toBe('');
    expect(greetingMode(who('two', 'x:1'), KNOWN, true)).toBe('trust');
  });

  test('tells that another process serves the same data now, whoever was the first to greet it', () => {
    expect(tookOver(reply(OLD, true), who('two', 'y:1'), KNOWN)).toBe(true);
    expect(tookOver(reply(OLD, false), who('two', 'y:1'), KNOWN)).toBe(true);
    expect(tookOver(reply(OLD), who('one', 'x:1'), KNOWN)).toBe(false);
    expect(tookOver(reply(NEW), who('two', 'y:1'), KNOWN)).toBe(false);
    expect(tookOver(reply(OLD), who('', 'x:1'), { ...KNOWN, run: '' })).toBe(true);
    expect(tookOver(reply(OLD, true), who('two', 'y:1'), undefined)).toBe(true);
    expect(tookOver(reply(OLD, false), who('two', 'y:1'), undefined)).toBe(false);
  });

  test.each([
    { what: 'all that was done there', since: '50000', later: 100_000, lacks: false },
    { what: 'little, a moment ago', since: '49000', later: 1_000, lacks: false },
    { what: 'just as much as can be replayed', since: '45000', later: 105_000, lacks: false },
    { what: 'a little more than that', since: '45000', later: 105_001, lacks: true },
    { what: 'much, and some time ago', since: '24000', later: 84_001, lacks: true },
    { what: 'everything, a minute ago', since: '0', later: 60_001, lacks: true },
    { what: 'nothing, for it never took over', since: '', later: 100_000, lacks: false },
  ])('and what the promoted one lacks: $what', ({ since, later, lacks }) => {
    const clock = new FakeClock();
    clock.jump(1_000 + later);
    expect(lacksTooMuch(reply(OLD, false, since), KNOWN, clock)).toBe(lacks);
    expect(lacksTooMuch(reply(NEW, false, since), KNOWN, clock)).toBe(false);
    expect(lacksTooMuch(reply(OLD, false, since), undefined, clock)).toBe(false);
  });
});
