import { afterEach, expect, test } from '@jest/globals';
import { Controller, Get, Injectable } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Cacheable, CacheEvict, CachePut, CacheService, defineRegions, region } from 'nuthatch';
import { CacheTestingModule, RecordedEvents } from 'nuthatch/testing';

interface Leaf {
  readonly n: number;
}

const leaves = defineRegions('leaves', { leaf: region<[id: string], Leaf>({ tags: ['leaves'] }) });

@Injectable()
class Leaves {
  loads = 0;

  @Cacheable(leaves.leaf)
  async find(_id: string): Promise<Leaf> {
    return { n: ++this.loads };
  }

  @CachePut(leaves.leaf)
  async grow(_id: string): Promise<Leaf> {
    return { n: ++this.loads };
  }

  @CacheEvict(leaves.leaf, (id: string) => [id])
  async drop(_id: string): Promise<string> {
    return 'dropped';
  }
}

@Controller('leaves')
class LeafController {
  loads = 0;

  @Get()
  @Cacheable({ region: 'leaves.all' })
  async all(): Promise<Leaf> {
    return { n: ++this.loads };
  }
}

let app: INestApplication;

afterEach(() => app.close());

async function start() {
  const module = await Test.createTestingModule({
    imports: [CacheTestingModule.disabled()],
    providers: [Leaves],
    controllers: [LeafController],
  }).compile();
  app = await module.createNestApplication({ logger: false }).init();
  return { leaves: app.get(Leaves), cache: app.get(CacheService) };
}

test('decorated methods run as if they were not decorated', async () => {
  const { leaves: service } = await start();
  const first = await service.find('a');
  expect([first, await service.find('a')]).toEqual([{ n: 1 }, { n: 2 }]);
  expect(Object.isFrozen(first)).toBe(false);
  await service.grow('a');
  expect(await service.drop('a')).toBe('dropped');
  expect(await service.find('a')).toEqual({ n: 4 });
});

test('CacheService answers as one that is always empty', async () => {
  const { cache } = await start();
  expect(await cache.set(leaves.leaf, ['a'], { n: 1 })).toBe('confirmed');
  expect(await cache.setMany(leaves.leaf, [[['b'], { n: 2 }]])).toBe('confirmed');
  expect(await cache.get(leaves.leaf, ['a'])).toBeUndefined();
  expect(await cache.has(leaves.leaf, ['a'])).toBe(false);
  expect(await cache.ttl(leaves.leaf, ['a'])).toBeUndefined();
  expect(await cache.touch(leaves.leaf, ['a'])).toBe(false);
  expect(await cache.getMany(leaves.leaf, [['a'], ['b']])).toEqual([undefined, undefined]);
});

test('CacheService loads each time it is asked to', async () => {
  const { cache } = await start();
  let n = 0;
  const load = () => ({ n: ++n });
  expect([
    await cache.getOrSet(leaves.leaf, ['a'], load),
    await cache.getOrSet(leaves.leaf, ['a'], load),
  ]).toEqual([{ n: 1 }, { n: 2 }]);
  const loadMany = async (keys: readonly unknown[]) => keys.map(load);
  expect(await cache.getOrSetMany(leaves.leaf, [['a'], ['b']], loadMany)).toEqual([{ n: 3 }, { n: 4 }]);
  expect(await cache.getOrSetMany(leaves.leaf, [['a']], loadMany)).toEqual([{ n: 5 }]);
});

test('CacheService confirms what it has nothing to do for', async () => {
  const { cache } = await start();
  expect(await cache.evict(leaves.leaf, [['a']])).toBe('confirmed');
  expect(await cache.expire(leaves.leaf, [['a']])).toBe('confirmed');
  expect(await cache.invalidateTags('leaves')).toBe('confirmed');
  expect(await cache.clear(leaves.leaf)).toBe('confirmed');
  const evicted = await cache.afterCommit(async () => cache.evict(leaves.leaf, [['a']]));
  expect(evicted).toBe('queued');
});

test('a route runs its handler for every request', async () => {
  await start();
  await app.listen(0, '127.0.0.1');
  const get = async () => (await fetch(`${await app.getUrl()}/leaves`)).json();
  expect([await get(), await get()]).toEqual([{ n: 1 }, { n: 2 }]);
});

test('nothing is recorded of decorated methods, and nothing is stored', async () => {
  const { leaves: service, cache } = await start();
  await service.find('a');
  await cache.getOrSet(leaves.leaf, ['a'], () => ({ n: 1 }));
  const events = app.get(RecordedEvents).of(leaves.leaf);
  expect([events.loads, events.count('stored')]).toEqual([1, 0]);
});

test('a wrong option of a decorator stops the boot all the same', async () => {
  class Wrong {
    @Cacheable({ region: 'leaves.wrong', ttl: 'soon' as '1s' })
    async find(): Promise<number> {
      return 1;
    }
  }
  await start();
  const module = await Test.createTestingModule({
    imports: [CacheTestingModule.disabled()],
    providers: [Wrong],
  }).compile();
  await expect(module.init()).rejects.toMatchObject({ name: 'CacheError' });
});
