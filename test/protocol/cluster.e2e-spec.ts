import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Body, Controller, Get, Injectable, Param, Put } from '@nestjs/common';
import { Cluster } from 'ioredis';
import {
  Cacheable,
  CacheEvict,
  CacheInvalidate,
  CachePut,
  CacheService,
  defineRegions,
  InjectCacheRedis,
  region,
} from 'nuthatch';
import { bootHttp, closeAll, until } from '../support/app.js';
import { RedisCluster } from '../support/redis-cluster.js';

const KEYS = Array.from({ length: 60 }, (_, i) => `k${i}`);

const rows = defineRegions('rows', {
  byKey: region<[id: string], string>(),
  byTag: region<[id: string], string>({ tags: (id) => [`row:${id}`] }),
  byResult: region<[id: string], string>({ resultTags: (_, id) => [`row:${id}`] }),
  put: region<[id: string], string>(),
  route: region<[id: string], object>({ tags: (id) => [`row:${id}`] }),
});

const table = new Map<string, string>();
let loads = 0;

async function load(id: string): Promise<string> {
  loads++;
  return table.get(id) ?? 'none';
}

@Injectable()
class Rows {
  constructor(@InjectCacheRedis() readonly redis: Cluster) {}

  @Cacheable(rows.byKey)
  byKey(id: string): Promise<string> {
    return load(id);
  }

  @Cacheable(rows.byTag)
  byTag(id: string): Promise<string> {
    return load(id);
  }

  @Cacheable(rows.byResult)
  byResult(id: string): Promise<string> {
    return load(id);
  }

  @Cacheable(rows.put)
  byPut(id: string): Promise<string> {
    return load(id);
  }

  @CacheEvict(rows.byKey, (id: string) => [id])
  @CacheInvalidate({ tags: (id: string) => [`row:${id}`] })
  @CachePut(rows.put, (id: string, _: string) => [id])
  async write(id: string, value: string): Promise<string> {
    table.set(id, value);
    return value;
  }
}

@Controller('rows')
class RowsController {
  @Get(':id')
  @Cacheable(rows.route)
  async get(@Param('id') id: string): Promise<object> {
    return { value: await load(id) };
  }

  @Put(':id')
  @CacheEvict(rows.route, (id: string) => [id])
  async put(@Param('id') id: string, @Body() body: { value: string }): Promise<object> {
    table.set(id, body.value);
    return body;
  }
}

const WAYS = ['byKey', 'byTag', 'byResult', 'byPut'] as const;
let cluster: RedisCluster;

beforeAll(async () => {
  cluster = await RedisCluster.start({ masters: 3, replicasEach: 1 });
});

afterEach(async () => {
  await closeAll();
  table.clear();
});

afterAll(() => cluster.stop());

/** Two processes' worth of applications on the same Cluster. */
async function start(prefix: string) {
  const cache = { redis: { cluster: cluster.nodes }, prefix, redisBudget: '5s' } as const;
  const parts = { cache, providers: [Rows], controllers: [RowsController] };
  const apps = [await bootHttp(parts, 'fastify'), await bootHttp(parts, 'fastify')];
  const caches = apps.map(({ get }) => get(CacheService));
  for (const one of caches)
    await until(
      async () =>
        (await one.evict(
          rows.byKey,
          KEYS.map((id) => [id] as [string]),
        )) === 'confirmed',
      'all masters are connected',
    );
  const [one, other] = apps.map(({ get, url }) => ({ rows: get(Rows), url }));
  if (one === undefined || other === undefined) throw new Error('two applications were started');
  loads = 0;
  return { one, other, caches };
}

describe('on a Cluster of three masters', () => {
  test.each(WAYS)('each row is loaded once for all, and read by everybody: %s', async (way) => {
    const { one, other } = await start(`once-${way}`);
    for (const id of KEYS) table.set(id, `value of ${id}`);
    const expected = KEYS.map((id) => `value of ${id}`);
    const read = (app: typeof one) => Promise.all(KEYS.map((id) => app.rows[way](id)));
    expect(await read(one)).toEqual(expected);
    expect(await read(other)).toEqual(expected);
    expect(await read(one)).toEqual(expected);
    expect(loads).toBe(KEYS.length);
  });

  test.each(WAYS)(
    'what was written is read by the writer at once, by others when the message has come: %s',
    async (way) => {
      const { one, other } = await start(`write-${way}`);
      await Promise.all(KEYS.flatMap((id) => [one.rows[way](id), other.rows[way](id)]));
      await Promise.all(KEYS.map((id) => one.rows.write(id, `new ${id}`)));
      const expected = KEYS.map((id) => `new ${id}`);
      expect(await Promise.all(KEYS.map((id) => one.rows[way](id)))).toEqual(expected);
      await until(async () => {
        const seen = await Promise.all(KEYS.map((id) => other.rows[way](id)));
        return seen.every((value, i) => value === expected[i]);
      }, 'the other one has heard of all');
    },
  );

  test('routes are served from it, and evicted with their entity', async () => {
    const { one } = await start('routes');
    const get = async (id: string) => (await fetch(`${one.url}/rows/${id}`)).json();
    for (const id of KEYS) await get(id);
    const before = loads;
    for (const id of KEYS) await get(id);
    expect(loads).toBe(before);
    for (const id of KEYS.slice(0, 20)) {
      const body = JSON.stringify({ value: 'new' });
      const headers = { 'content-type': 'application/json' };
      await fetch(`${one.url}/rows/${id}`, { method: 'PUT', body, headers });
      expect(await get(id)).toEqual({ value: 'new' });
    }
  });

  test('a batch reads and writes on all masters', async () => {
    const { caches } = await start('batch');
    const [one, other] = caches;
    const keys = KEYS.map((id): [string] => [id]);
    let asked = 0;
    const loadMany = async (missing: readonly [string][]) => {
      asked += missing.length;
      return missing.map(([id]) => `row ${id}`);
    };
    const expected = KEYS.map((id) => `row ${id}`);
    expect(await one?.getOrSetMany(rows.byTag, keys, loadMany)).toEqual(expected);
    expect(await other?.getOrSetMany(rows.byTag, keys, loadMany)).toEqual(expected);
    expect(asked).toBe(KEYS.length);
    expect(await one?.invalidateTags(...KEYS.map((id) => `row:${id}`))).toBe('confirmed');
    expect(await one?.getMany(rows.byTag, keys)).toEqual(KEYS.map(() => undefined));
  });

  test('users get an ioredis Cluster', async () => {
    const { one } = await start('client');
    expect(one.rows.redis).toBeInstanceOf(Cluster);
    await one.rows.redis.set('mine', 'acorn');
    expect(await one.rows.redis.get('mine')).toBe('acorn');
  });

  test('a slot that moves takes its entries along or loses them, and nothing old comes back', async () => {
    const { one, other } = await start('move');
    const id = 'k0';
    const slot = cluster.slotOf(`{rows.byKey:s2:${id}}`);
    const owner = await cluster.serverOf(slot);
    const target = (await cluster.masters()).find(({ port }) => port !== owner.port);
    if (target === undefined) throw new Error('there are three masters');
    table.set(id, '1');
    await Promise.all([one.rows.byKey(id), other.rows.byKey(id)]);
    await cluster.moveSlot(slot, target.port, { pauseAfter: 'importing' });
    for (let version = 2; version <= 20; version++) {
      await one.rows.write(id, String(version));
      expect(await one.rows.byKey(id)).toBe(String(version));
    }
    await cluster.finishMove(slot);
    for (let version = 21; version <= 40; version++) {
      await one.rows.write(id, String(version));
      expect(await one.rows.byKey(id)).toBe(String(version));
    }
    await until(async () => (await other.rows.byKey(id)) === '40', 'the other one has heard of the last');
  });
});
