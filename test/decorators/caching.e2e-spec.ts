import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import {
  CacheConfig,
  CacheEvict,
  CacheInvalidate,
  CachePut,
  CacheService,
  Cacheable,
  Caching,
  defineRegions,
  region,
} from 'nuthatch';
import { PLACES, usePlace } from '../support/app.js';

describe.each(PLACES)('Several operations on one method, %s', (name) => {
  const place = usePlace(name);
  const { memory } = place;
  const birds = defineRegions('birds', {
    one: region<[id: string], string>({ memory, tags: (id) => [`bird:${id}`] }),
    nest: region<[id: string], string>({ memory, tags: (id) => [`bird:${id}`] }),
    list: region<[page: number], string>({ memory, tags: ['lists'] }),
  });

  @Injectable()
  class Birds {
    runs: string[] = [];

    constructor(readonly cache: CacheService) {}

    @Caching<Birds['move']>({
      put: [{ region: birds.one, key: (id) => [id] }],
      evict: [
        { region: birds.nest, key: (id) => [id] },
        { region: birds.list, allEntries: true },
      ],
    })
    move(id: string, to: string): Promise<string> {
      return this.run(`${id} to ${to}`);
    }

    @CachePut(birds.one, (id: string) => [id])
    @CacheEvict(birds.nest, (id: string) => [id])
    @CacheEvict({ region: birds.list, allEntries: true })
    moveStacked(id: string, to: string): Promise<string> {
      return this.run(`${id} to ${to}`);
    }

    @Caching<Birds['ring']>({
      put: [
        { region: birds.one, key: (id) => [id] },
        { region: birds.nest, key: (id) => [`nest of ${id}`] },
      ],
      invalidate: [{ tags: ['lists'] }],
    })
    ring(id: string): Promise<string> {
      return this.run(`ringed ${id}`);
    }

    /** The result is cached, and every call, hits too, evicts something else. */
    @Caching<Birds['watch']>({
      cacheable: { region: 'birds.watched', key: (id) => [id] },
      evict: [{ region: birds.nest, key: (id) => [id] }],
    })
    watch(id: string): Promise<string> {
      return this.run(`watched ${id}`);
    }

    @Caching<Birds['order']>({
      evict: [
        { region: birds.one, key: (id) => [id], beforeInvocation: true },
        { region: birds.nest, key: (id) => [id] },
      ],
      invalidate: [{ tags: ['lists'], beforeInvocation: true }],
    })
    async order(id: string): Promise<(string | undefined)[]> {
      return this.kept(id);
    }

    private async run(what: string): Promise<string> {
      this.runs.push(what);
      return what;
    }

    kept(id: string): Promise<(string | undefined)[]> {
      const { cache } = this;
      return Promise.all([
        cache.get(birds.one, [id]),
        cache.get(birds.nest, [id]),
        cache.get(birds.list, [1]),
      ]);
    }
  }

  async function start(): Promise<Birds> {
    const service = (await place.boot({ providers: [Birds] })).get(Birds);
    const { cache } = service;
    await Promise.all([cache.set(birds.one, ['a'], 'here'), cache.set(birds.nest, ['a'], 'nest')]);
    await cache.set(birds.list, [1], 'a, b');
    expect(await service.kept('a')).toEqual(['here', 'nest', 'a, b']);
    return service;
  }

  it.each(['move', 'moveStacked'] as const)(
    'all happen, by @Caching or one above the other: %s',
    async (method) => {
      const service = await start();
      await expect(service[method]('a', 'oak')).resolves.toBe('a to oak');
      expect(service.runs).toEqual(['a to oak']);
      expect(await service.kept('a')).toEqual(['a to oak', undefined, undefined]);
    },
  );

  it('may put one result into two regions', async () => {
    const service = await start();
    await service.ring('a');
    expect(await service.kept('a')).toEqual(['ringed a', 'nest', undefined]);
    await expect(service.cache.get(birds.nest, ['nest of a'])).resolves.toBe('ringed a');
  });

  it('evict also when the value of the same method came from the cache', async () => {
    const service = await start();
    await service.watch('a');
    await service.cache.set(birds.nest, ['a'], 'new nest');
    await expect(service.watch('a')).resolves.toBe('watched a');
    expect(service.runs).toEqual(['watched a']);
    expect(await service.kept('a')).toEqual(['here', undefined, 'a, b']);
  });

  it('happen before the method if they say so, and the others after it', async () => {
    const service = await start();
    await expect(service.order('a')).resolves.toEqual([undefined, 'nest', undefined]);
    expect(await service.kept('a')).toEqual([undefined, undefined, undefined]);
  });
});

describe.each(PLACES)('@CacheConfig, %s', (name) => {
  const place = usePlace(name);
  const { shared, own } = defineRegions('config', {
    shared: region<[id: string], string>({ memory: place.memory }),
    own: region<[id: string], string>({ memory: place.memory }),
  });

  @Injectable()
  @CacheConfig({ region: shared })
  class Configured {
    loads = 0;

    constructor(readonly cache: CacheService) {}

    @Cacheable()
    async find(id: string): Promise<string> {
      this.loads += 1;
      return `found ${id}`;
    }

    @Cacheable({ key: (name: string) => [name.toLowerCase()] })
    async findByName(name: string): Promise<string> {
      this.loads += 1;
      return `named ${name}`;
    }

    @Cacheable(own)
    async findOwn(id: string): Promise<string> {
      this.loads += 1;
      return `own ${id}`;
    }

    @CachePut({ key: (id: string) => [id] })
    async put(_id: string, value: string): Promise<string> {
      return value;
    }

    @CacheEvict()
    async forget(_id: string): Promise<void> {}

    @CacheInvalidate({ tags: ['none'] })
    async invalidate(): Promise<void> {}
  }

  const start = async () => (await place.boot({ providers: [Configured] })).get(Configured);

  it('names the region of all methods that name none', async () => {
    const service = await start();
    await service.find('a');
    await expect(service.cache.get(shared, ['a'])).resolves.toBe('found a');
    await service.put('a', 'put');
    await expect(service.find('a')).resolves.toBe('put');
    await expect(service.findByName('A')).resolves.toBe('put');
    await service.forget('a');
    await expect(service.find('a')).resolves.toBe('found a');
    expect(service.loads).toBe(2);
  });

  it('does not touch a method that names its own', async () => {
    const service = await start();
    await service.findOwn('a');
    await service.forget('a');
    await expect(service.cache.get(own, ['a'])).resolves.toBe('own a');
    await expect(service.cache.get(shared, ['a'])).resolves.toBeUndefined();
  });
});
