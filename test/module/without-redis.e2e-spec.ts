import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { CacheService, Cacheable } from 'nuthatch';
import { boot, closeAll, until } from '../support/app.js';
import { freePort } from '../support/free-port.js';
import { RedisServer } from '../support/redis-server.js';

/** Far above what a boot waits for Redis, far below what a hanging one would take. */
const SOON_MS = 3_000;

@Injectable()
class Shelf {
  loads = 0;

  @Cacheable({ region: 'without' })
  async find(id: string): Promise<string> {
    this.loads += 1;
    return `found ${id}`;
  }
}

async function timed<T>(work: Promise<T>): Promise<{ result: T; ms: number }> {
  const started = performance.now();
  const result = await work;
  return { result, ms: performance.now() - started };
}

const servers: RedisServer[] = [];

async function server(port?: number): Promise<RedisServer> {
  const started = await RedisServer.start(port === undefined ? {} : { port });
  servers.push(started);
  return started;
}

afterEach(async () => {
  await closeAll();
  await Promise.all(servers.splice(0).map((one) => one.stop()));
});

describe('When nothing listens where Redis should be', () => {
  const start = async () => {
    const port = await freePort();
    const redis = { url: `redis://:hidden-seeds@127.0.0.1:${port}/2` };
    const { result, ms } = await timed(boot({ cache: { redis }, providers: [Shelf] }));
    return { ...result, ms, port };
  };

  it('the application boots, at once', async () => {
    expect((await start()).ms).toBeLessThan(SOON_MS);
  });

  it('calls are answered by the loader, invalidations say that they are queued', async () => {
    const { get } = await start();
    await expect(get(Shelf).find('a')).resolves.toBe('found a');
    await expect(get(CacheService).evict('without', [['a']])).resolves.toBe('queued');
    await expect(get(Shelf).find('a')).resolves.toBe('found a');
    expect(get(Shelf).loads).toBe(2);
  });

  it('one warning says why, and none tells the password', async () => {
    const { get, log } = await start();
    for (const id of ['a', 'b', 'c']) await get(Shelf).find(id);
    await until(() => log.about('ECONNREFUSED').length > 0, 'the failure is reported');
    expect(log.about('Redis connection failed')).toHaveLength(1);
    expect(log.lines.join()).not.toContain('hidden-seeds');
  });

  it('the cache connects by itself when Redis comes', async () => {
    const port = await freePort();
    const { get } = await boot({ cache: { redis: { host: '127.0.0.1', port } }, providers: [Shelf] });
    await get(Shelf).find('a');
    const started = await server(port);
    const cache = get(CacheService);
    await until(async () => (await cache.set('without', ['b'], 'set')) === 'confirmed', 'Redis is used');
    await expect(get(Shelf).find('b')).resolves.toBe('set');
    expect(await started.command('EXISTS', 'nuthatch:1:v:{without:s1:b}')).toBe('1');
  });

  it('the application closes, at once', async () => {
    const { app } = await start();
    expect((await timed(app.close())).ms).toBeLessThan(SOON_MS);
  });
});

describe('When Redis is there but answers nothing', () => {
  it('the application boots, answers by its loaders, and closes, at once', async () => {
    const silent = await server();
    silent.freeze();
    const { result, ms } = await timed(boot({ cache: { redis: { url: silent.url } }, providers: [Shelf] }));
    const found = await timed(result.get(Shelf).find('a'));
    const closed = await timed(result.app.close());
    expect(found.result).toBe('found a');
    expect(Math.max(ms, found.ms, closed.ms)).toBeLessThan(SOON_MS);
  });

  it('an application that was connected closes all the same', async () => {
    const silent = await server();
    const { app, get } = await boot({ cache: { redis: { url: silent.url } }, providers: [Shelf] });
    const cache = get(CacheService);
    await until(async () => (await cache.set('without', ['b'], 'set')) === 'confirmed', 'Redis is used');
    silent.freeze();
    expect((await timed(app.close())).ms).toBeLessThan(SOON_MS);
  });
});
