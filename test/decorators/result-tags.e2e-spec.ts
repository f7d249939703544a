import { describe, expect, test } from '@jest/globals';
import { Controller, Get, Injectable, Param } from '@nestjs/common';
import { Cacheable, CacheInvalidate, CachePut, CacheService, defineRegions, region } from 'nuthatch';
import { boot, PLACES, usePlace } from '../support/app.js';

interface Nest {
  readonly id: string;
  readonly tree: string;
}

/** Where each nest is: only the row tells. */
const trees = new Map<string, string>();
let loads = 0;
/** Runs while a loader is busy. */
let meanwhile: () => Promise<unknown> = () => Promise.resolve();

async function load(id: string): Promise<Nest> {
  loads++;
  const nest = { id, tree: trees.get(id) ?? 'oak' };
  await meanwhile();
  return nest;
}

const nests = defineRegions('nests', {
  byRegion: region<[id: string], Nest>({ resultTags: ({ tree }) => [`tree:${tree}`] }),
  put: region<[id: string], Nest>({ resultTags: ({ tree }) => [`tree:${tree}`] }),
});

@Injectable()
class NestsService {
  @Cacheable(nests.byRegion)
  byRegion(id: string): Promise<Nest> {
    return load(id);
  }

  @Cacheable({ region: 'nests.byDecorator', resultTags: (nest: Nest) => [`tree:${nest.tree}`] })
  byDecorator(id: string): Promise<Nest> {
    return load(id);
  }

  @Cacheable({
    region: 'nests.broken',
    resultTags: (): string[] => {
      throw new Error('no tags');
    },
  })
  broken(id: string): Promise<Nest> {
    return load(id);
  }

  @CachePut(nests.put)
  put(id: string): Promise<Nest> {
    return load(id);
  }

  @CacheInvalidate({ resultTags: (felled: string) => [`tree:${felled}`] })
  fell(tree: string): Promise<string> {
    return tree === '' ? Promise.reject(new Error('there is no such tree')) : Promise.resolve(tree);
  }
}

@Controller('nests')
class NestsController {
  @Get(':id')
  @Cacheable({ region: 'nests.route', resultTags: (nest: Nest) => [`tree:${nest.tree}`] })
  get(@Param('id') id: string): Promise<Nest> {
    return load(id);
  }
}

const WAYS = ['byRegion', 'byDecorator'] as const;

describe.each(PLACES)('tags that only the result tells, %s', (name) => {
  const place = usePlace(name);
  const start = async () => {
    loads = 0;
    meanwhile = () => Promise.resolve();
    trees.clear();
    const { get } = await place.boot({ providers: [NestsService] }, { defaultTtl: '1m' });
    return { service: get(NestsService), cache: get(CacheService) };
  };

  test.each(WAYS)('condemn the entry: %s', async (way) => {
    const { service, cache } = await start();
    await service[way]('a');
    expect(await service[way]('a')).toEqual({ id: 'a', tree: 'oak' });
    expect(loads).toBe(1);
    await cache.invalidateTags('tree:oak');
    await service[way]('a');
    expect(loads).toBe(2);
  });

  test.each(WAYS)('and no other: %s', async (way) => {
    const { service, cache } = await start();
    trees.set('b', 'elm');
    for (const id of ['a', 'b']) await service[way](id);
    await cache.invalidateTags('tree:elm');
    for (const id of ['a', 'b']) await service[way](id);
    expect(loads).toBe(3);
  });

  test.each(WAYS)('invalidated while the loader runs: what it gives is not kept: %s', async (way) => {
    const { service, cache } = await start();
    meanwhile = async () => {
      trees.set('a', 'elm');
      await cache.invalidateTags('tree:oak');
    };
    expect(await service[way]('a')).toEqual({ id: 'a', tree: 'oak' });
    meanwhile = () => Promise.resolve();
    expect(await service[way]('a')).toEqual({ id: 'a', tree: 'elm' });
    expect(loads).toBe(2);
  });

  test('of a put condemn what it wrote', async () => {
    const { service, cache } = await start();
    await service.put('a');
    expect(await cache.get(nests.put, ['a'])).toEqual({ id: 'a', tree: 'oak' });
    await cache.invalidateTags('tree:oak');
    expect(await cache.get(nests.put, ['a'])).toBeUndefined();
  });

  test('of a put, invalidated while the method runs: nothing is written', async () => {
    const { service, cache } = await start();
    meanwhile = () => cache.invalidateTags('tree:oak');
    await service.put('a');
    expect(await cache.get(nests.put, ['a'])).toBeUndefined();
  });

  test('of a value loaded by hand condemn it too', async () => {
    const { cache } = await start();
    const get = () => cache.getOrSet(nests.byRegion, ['a'], () => load('a'));
    await get();
    await get();
    await cache.invalidateTags('tree:oak');
    await get();
    expect(loads).toBe(2);
  });

  test('of an invalidation are those of what the method returned', async () => {
    const { service } = await start();
    await service.byRegion('a');
    await expect(service.fell('')).rejects.toThrow('no such tree');
    await service.byRegion('a');
    expect(loads).toBe(1);
    await service.fell('oak');
    await service.byRegion('a');
    expect(loads).toBe(2);
  });

  test('that cannot be computed: the value is handed on, not kept, and that is said once', async () => {
    loads = 0;
    const { get, log } = await place.boot({ providers: [NestsService] });
    for (let i = 0; i < 3; i++) expect(await get(NestsService).broken('a')).toEqual({ id: 'a', tree: 'oak' });
    expect(loads).toBe(3);
    expect(log.about('resultTags of NestsService.broken threw Error')).toHaveLength(1);
  });
});

describe('a response', () => {
  const place = usePlace('memory and Redis');

  test.each(['express', 'fastify'] as const)(
    'is condemned by the tags of its result, on %s',
    async (platform) => {
      loads = 0;
      meanwhile = () => Promise.resolve();
      trees.clear();
      const { url, get } = await place.bootHttp({ controllers: [NestsController] }, platform);
      const ask = async () => (await fetch(`${url}/nests/a`)).json();
      expect([await ask(), await ask(), loads]).toEqual([
        { id: 'a', tree: 'oak' },
        { id: 'a', tree: 'oak' },
        1,
      ]);
      await get(CacheService).invalidateTags('tree:oak');
      await ask();
      expect(loads).toBe(2);
    },
  );
});

describe('options that cannot be meant', () => {
  test.each([
    { options: {}, message: /needs tags or resultTags/ },
    { options: { resultTags: () => ['a'], beforeInvocation: true }, message: /cannot be known before/ },
    { options: { resultTags: ['a'] }, message: /resultTags of .* must be a function/ },
  ])('stop the boot: $message', async ({ options, message }) => {
    class Wrong {
      fell(): Promise<string> {
        return Promise.resolve('oak');
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Wrong.prototype, 'fell') ?? {};
    (CacheInvalidate as (given: unknown) => MethodDecorator)(options)(Wrong.prototype, 'fell', descriptor);
    Object.defineProperty(Wrong.prototype, 'fell', descriptor);
    await expect(boot({ providers: [Wrong] })).rejects.toThrow(message);
  });
});
