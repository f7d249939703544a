import { describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { CacheService, Cacheable } from 'nuthatch';
import type { CacheModuleOptions } from 'nuthatch';
import { boot, bootHttp, isConnected, usePlace } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';
import { restoreEnvironment, setEnvironment } from './environment.js';

restoreEnvironment();

const MINUTE = 60_000;

describe('CacheModule.forRoot', () => {
  const place = usePlace('memory and Redis');
  const redis = () => ({ url: place.server?.url ?? '' });

  /** Boots with these options, keeps one value and answers its keys in Redis. */
  async function keysWith(cache: CacheModuleOptions | undefined, prefix: string): Promise<string[]> {
    const booted = await boot({ cache });
    await isConnected(booted);
    await booted.get(CacheService).getOrSet('shelf', ['oak'], () => 'nut');
    const keys = (await place.server?.command('KEYS', `${prefix}*`)) ?? '';
    return keys.split('\n').filter((key) => key.includes(':v:{shelf:'));
  }

  async function minutesLeft(key: string | undefined): Promise<number> {
    return Number(await place.server?.command('PTTL', key ?? '')) / MINUTE;
  }

  it('keeps values under prefix and version', async () => {
    const keys = await keysWith({ redis: redis(), prefix: 'explicit', version: 7 }, 'explicit');
    expect(keys).toEqual(['explicit:7:v:{shelf:s3:oak}']);
  });

  it.each([
    ['a text', 'blue-2', 'versions-a:blue-2:v:{shelf:s3:oak}', 'versions-a'],
    ['0', 0, 'versions-b:0:v:{shelf:s3:oak}', 'versions-b'],
    ['false: no version', false, 'versions-c:v:{shelf:s3:oak}', 'versions-c'],
    ['1 by default', undefined, 'versions-d:1:v:{shelf:s3:oak}', 'versions-d'],
  ] as const)('takes as version %s', async (_, version, key, prefix) => {
    expect(await keysWith({ redis: redis(), prefix, version }, prefix)).toEqual([key]);
  });

  it('keeps all it writes under its prefix', async () => {
    await keysWith({ redis: redis(), prefix: 'alone' }, 'alone');
    const all = (await place.server?.command('KEYS', '*')) ?? '';
    const written = all.split('\n').filter((key) => !/^(explicit|versions-.)/.test(key));
    expect(written.filter((key) => !key.startsWith('alone:'))).toEqual([]);
    expect(written.length).toBeGreaterThan(2);
  });

  it('reads everything from the environment when it has no options', async () => {
    setEnvironment({ REDIS_URL: redis().url, CACHE_KEY_PREFIX: 'environment:', CACHE_DEFAULT_TTL: '600' });
    const [key, ...others] = await keysWith(undefined, 'environment');
    expect([key, others]).toEqual(['environment:1:v:{shelf:s3:oak}', []]);
    const left = await minutesLeft(key);
    expect(left).toBeGreaterThan(9);
    expect(left).toBeLessThanOrEqual(10);
  });

  it('leaves the version out with CACHE_ENABLE_VERSIONING=false, and not with true', async () => {
    setEnvironment({ REDIS_URL: redis().url, CACHE_KEY_PREFIX: 'bare', CACHE_ENABLE_VERSIONING: 'false' });
    expect(await keysWith({}, 'bare')).toEqual(['bare:v:{shelf:s3:oak}']);
    setEnvironment({ CACHE_ENABLE_VERSIONING: 'true', CACHE_KEY_PREFIX: 'numbered' });
    expect(await keysWith({}, 'numbered')).toEqual(['numbered:1:v:{shelf:s3:oak}']);
  });

  it('prefers explicit options to the environment, one by one', async () => {
    setEnvironment({
      // nothing listens there: what needs Redis would fail
      REDIS_URL: 'redis://127.0.0.1:1',
      CACHE_KEY_PREFIX: 'not-this',
      CACHE_ENABLE_VERSIONING: 'false',
      CACHE_DEFAULT_TTL: '600',
    });
    const [key] = await keysWith({ redis: redis(), prefix: 'this', version: 3 }, 'this');
    expect(key).toBe('this:3:v:{shelf:s3:oak}');
    expect(await minutesLeft(key)).toBeGreaterThan(9);
    const [other] = await keysWith({ redis: redis(), prefix: 'that', version: 3, defaultTtl: '2m' }, 'that');
    expect(await minutesLeft(other)).toBeLessThanOrEqual(2);
  });

  it('takes an option that is undefined for one that was not given', async () => {
    setEnvironment({ REDIS_URL: redis().url, CACHE_KEY_PREFIX: 'fallback' });
    const options = { redis: undefined, prefix: undefined, defaultTtl: undefined };
    expect(await keysWith(options, 'fallback')).toEqual(['fallback:1:v:{shelf:s3:oak}']);
  });

  it.each([
    ['compresses by default', {}, true],
    ['compresses what is above CACHE_COMPRESSION_THRESHOLD', { CACHE_COMPRESSION_THRESHOLD: '100' }, true],
    ['compresses nothing below CACHE_COMPRESSION_THRESHOLD', { CACHE_COMPRESSION_THRESHOLD: '9000' }, false],
    ['compresses nothing with CACHE_ENABLE_COMPRESSION=false', { CACHE_ENABLE_COMPRESSION: 'false' }, false],
  ] as const)('%s', async (what, variables, isSmaller) => {
    const prefix = what.replace(/\W/g, '.').slice(-50);
    setEnvironment({ REDIS_URL: redis().url, CACHE_KEY_PREFIX: prefix, ...variables });
    const booted = await boot({});
    await isConnected(booted);
    await booted.get(CacheService).getOrSet('shelf', ['oak'], () => 'nut'.repeat(1_000));
    const length = Number(await place.server?.command('STRLEN', `${prefix}:1:v:{shelf:s3:oak}`));
    expect(length).toBeGreaterThan(0);
    expect(length < 3_000).toBe(isSmaller);
  });
});

describe('The environment', () => {
  it('says where Redis is by host, port, password and database', async () => {
    const server = await RedisServer.start({ args: ['--requirepass', 'hidden seeds'] });
    setEnvironment({
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(server.port),
      REDIS_PASSWORD: 'hidden seeds',
      REDIS_CACHE_DB: '3',
    });
    const booted = await boot({});
    await isConnected(booted);
    await expect(server.command('PING')).rejects.toThrow(/NOAUTH/);
    await booted.app.close();
    await server.stop();
  });

  it.each([
    ['nothing at all', {}, undefined],
    ['an empty variable', { REDIS_URL: '', REDIS_HOST: '' }, undefined],
    ['an option without a value', {}, { redis: { url: undefined } }],
  ])('means memory only with %s, and a line in the log says so', async (_, variables, cache) => {
    setEnvironment(variables);
    const { app, log, get } = await boot({ cache });
    expect(log.lines.filter((line) => line.includes('no Redis configured'))).toHaveLength(1);
    let loads = 0;
    const load = () => ++loads;
    const cached = get(CacheService);
    await cached.getOrSet('shelf', [], load);
    await expect(cached.getOrSet('shelf', [], load)).resolves.toBe(1);
    await app.close();
  });
});

describe('A switch in the environment', () => {
  @Controller('shelf')
  class Shelf {
    runs = 0;

    @Get()
    @Cacheable({ region: 'switch.route' })
    async route(): Promise<{ run: number }> {
      return { run: ++this.runs };
    }

    @Cacheable({ region: 'switch.value' })
    async value(): Promise<number> {
      return ++this.runs;
    }
  }

  async function answersWith(variables: Record<string, string>): Promise<number[]> {
    setEnvironment(variables);
    const { url, get, app } = await bootHttp({ controllers: [Shelf] });
    const answers: number[] = [];
    for (let n = 1; n <= 2; n++) {
      const body = (await (await fetch(`${url}/shelf`)).json()) as { run: number };
      answers.push(body.run);
    }
    for (let n = 1; n <= 2; n++) answers.push(await get(Shelf).value());
    await app.close();
    return answers;
  }

  it('turns the cache of routes off, and leaves that of methods on: ENABLE_API_CACHE=false', async () => {
    expect(await answersWith({})).toEqual([1, 1, 2, 2]);
    expect(await answersWith({ ENABLE_API_CACHE: 'false' })).toEqual([1, 2, 3, 3]);
  });

  it('turns monitoring off: CACHE_MONITORING_ENABLED=false', async () => {
    const status = async () => {
      const { url, app } = await bootHttp({ cache: {} });
      const { status } = await fetch(`${url}/cache/stats`);
      await app.close();
      return status;
    };
    expect(await status()).toBe(200);
    setEnvironment({ CACHE_MONITORING_ENABLED: 'false' });
    expect(await status()).toBe(404);
  });
});
