import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import {
  Cacheable,
  CacheInvalidate,
  CacheModule,
  CacheService,
  defineRegions,
  InjectCacheRedis,
  region,
} from 'nuthatch';
import type { CacheModuleOptions } from 'nuthatch';
import { boot, closeAll, until } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';

const birds = defineRegions('birds', {
  seeds: region<[id: string], string>({ tags: ['oak'] }),
  sessions: region<[id: string], string>({ tags: ['oak'], partition: 'sessions' }),
});

let loads = 0;

@Injectable()
class Birds {
  constructor(
    @InjectCacheRedis() readonly main: Redis,
    @InjectCacheRedis('sessions') readonly sessions: Redis,
  ) {}

  @Cacheable(birds.seeds)
  async seed(id: string): Promise<string> {
    loads++;
    return `seed ${id}`;
  }

  @Cacheable(birds.sessions)
  async session(id: string): Promise<string> {
    loads++;
    return `session ${id}`;
  }

  @CacheInvalidate({ tags: ['oak'] })
  async fell(): Promise<void> {}
}

const servers: RedisServer[] = [];

beforeAll(async () => {
  servers.push(...(await RedisServer.startAll([{}, {}])));
});

afterEach(async () => {
  await closeAll();
  loads = 0;
});

afterAll(() => Promise.all(servers.map((server) => server.stop())));

async function start(options: CacheModuleOptions = {}) {
  const [main, sessions] = servers.map(({ url }) => ({ url }));
  if (main === undefined || sessions === undefined) throw new Error('this takes two servers');
  const cache = { redis: main, partitions: { sessions }, prefix: 'app', redisBudget: '5s', ...options };
  const booted = await boot({ cache, providers: [Birds] } as Parameters<typeof boot>[0]);
  const service = booted.get(CacheService);
  const confirmed = async () =>
    (await service.clear(birds.seeds)) === 'confirmed' &&
    (await service.clear(birds.sessions)) === 'confirmed';
  await until(confirmed, 'both servers are connected');
  return { birds: booted.get(Birds), cache: service, log: booted.log };
}

const entries = (server: RedisServer | undefined) =>
  server?.command('KEYS', 'app:1:v:*').then((text) => text.split('\n').filter(Boolean));

describe('a partition', () => {
  it('keeps the entries of the regions that name it, and no others', async () => {
    const { birds: service } = await start();
    await Promise.all([service.seed('a'), service.session('a')]);
    await until(async () => (await entries(servers[1]))?.length === 1, 'the session is stored');
    expect(await entries(servers[0])).toEqual(['app:1:v:{birds.seeds:s1:a}']);
    expect(await entries(servers[1])).toEqual(['app:1:v:{birds.sessions:s1:a}']);
  });

  it('shares tags with the others: an invalidation condemns the entries of all', async () => {
    const { birds: service } = await start();
    const read = () => Promise.all([service.seed('a'), service.session('a')]);
    await read();
    await read();
    expect(loads).toBe(2);
    await service.fell();
    await read();
    expect(loads).toBe(4);
  });

  it('gives its own client to those who ask for it by name', async () => {
    const { birds: service } = await start();
    const ports = [service.main, service.sessions].map(({ options }) => options.port);
    expect(ports).toEqual(servers.map(({ port }) => port));
  });

  it('gives it also where the options are made at boot', async () => {
    const [main, sessions] = servers.map(({ url }) => ({ url }));
    const useFactory = () => ({ redis: main, partitions: { sessions } }) as CacheModuleOptions;
    const booted = await boot({
      cache: false,
      imports: [CacheModule.forRootAsync({ useFactory })],
      providers: [Birds],
    });
    expect(booted.get(Birds).sessions.options.port).toBe(servers[1]?.port);
  });

  it('that cannot be reached makes an invalidation of a tag less than confirmed, and costs nobody else anything', async () => {
    const { birds: service, cache } = await start();
    const [, sessions] = servers;
    await Promise.all([service.seed('a'), service.session('a')]);
    await sessions?.kill();
    try {
      expect(await cache.evict(birds.seeds, [['a']])).toBe('confirmed');
      await until(async () => (await cache.evict(birds.sessions, [['b']])) === 'queued', 'it is away');
      expect(await cache.invalidateTags('oak')).toBe('queued');
      expect(await service.session('a')).toBe('session a');
      expect(await service.seed('a')).toBe('seed a');
    } finally {
      await sessions?.restart();
    }
  });

  it('that is not configured stops the boot, by its region or by who asks for its client', async () => {
    await expect(start({ partitions: {}, regions: [birds.sessions] })).rejects.toThrow(
      /nuthatch\.redis:sessions|the partition 'sessions', which is not configured/,
    );
  });
});
