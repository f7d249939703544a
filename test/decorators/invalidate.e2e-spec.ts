import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cacheable, CacheInvalidate, CachePut, CacheService, defineRegions, region } from 'nuthatch';
import { PLACES, usePlace } from '../support/app.js';

describe.each(PLACES)('@CacheInvalidate, %s', (name) => {
  const place = usePlace(name);
  const { memory } = place;
  const trees = defineRegions('trees', {
    one: region<[id: string], string>({ memory, tags: (id) => [`tree:${id}`, 'trees'] }),
    list: region<[], string>({ memory, tags: ['list', 'trees'] }),
    leaf: region<[tree: string, leaf: number], string>({ memory }),
  });

  @Injectable()
  class Trees {
    loads: string[] = [];
    meanwhile: () => unknown = () => undefined;

    constructor(readonly cache: CacheService) {}

    @Cacheable(trees.one)
    one(id: string): Promise<string> {
      return this.load(`one ${id}`);
    }

    @Cacheable(trees.list)
    list(): Promise<string> {
      return this.load('list');
    }

    @Cacheable<Trees['leaf']>({ region: trees.leaf, tags: (tree) => [`tree:${tree}`] })
    leaf(tree: string, leaf: number): Promise<string> {
      return this.load(`leaf ${tree} ${leaf}`);
    }

    @Cacheable({ region: 'trees.constant', tags: ['list'] })
    constant(): Promise<string> {
      return this.load('constant');
    }

    @CachePut<Trees['plant']>({ region: trees.one, key: (id) => [id], tags: ['planted'] })
    plant(id: string): Promise<string> {
      return Promise.resolve(`planted ${id}`);
    }

    @CacheInvalidate({ tags: (id: string) => [`tree:${id}`] })
    async fell(_id: string): Promise<void> {
      await this.meanwhile();
    }

    @CacheInvalidate({ tags: ['list', 'planted'] })
    async reorder(): Promise<void> {}

    @CacheInvalidate({ tags: ['trees'] })
    async fail(): Promise<void> {
      throw new RangeError('was it done?');
    }

    @CacheInvalidate({ tags: (id: string) => [`tree:${id}`], beforeInvocation: true })
    async before(_id: string): Promise<void> {
      await this.meanwhile();
    }

    @CacheInvalidate({ tags: ['trees'], condition: (wanted: boolean) => wanted })
    async maybe(_wanted: boolean): Promise<void> {}

    private async load(what: string): Promise<string> {
      this.loads.push(what);
      return what;
    }

    /** Reads everything and answers what had to be loaded. */
    async readAll(): Promise<string[]> {
      this.loads = [];
      await Promise.all([this.one('a'), this.one('b'), this.list(), this.leaf('a', 1), this.constant()]);
      return this.loads.sort();
    }
  }

  async function start(): Promise<Trees> {
    const service = (await place.boot({ providers: [Trees] })).get(Trees);
    await service.readAll();
    return service;
  }

  const ALL = ['constant', 'leaf a 1', 'list', 'one a', 'one b'];

  it('does not concern anything before it happens', async () => {
    const service = await start();
    expect(service.loads).toEqual(ALL);
    expect(await service.readAll()).toEqual([]);
  });

  it('condemns what carries the tag, from the region or from the decorator, in any region', async () => {
    const service = await start();
    await service.fell('a');
    expect(await service.readAll()).toEqual(['leaf a 1', 'one a']);
    expect(await service.readAll()).toEqual([]);
  });

  it('condemns constant tags alike, several at once', async () => {
    const service = await start();
    await service.plant('b');
    expect(await service.readAll()).toEqual([]);
    await service.reorder();
    expect(await service.readAll()).toEqual(['constant', 'list', 'one b']);
  });

  it('happens also when the method threw', async () => {
    const service = await start();
    await expect(service.fail()).rejects.toThrow(new RangeError('was it done?'));
    expect(await service.readAll()).toEqual(['list', 'one a', 'one b']);
  });

  it('happens after the method, so that what was loaded meanwhile goes too', async () => {
    const service = await start();
    service.meanwhile = () => service.cache.evict(trees.one, [['a']]).then(() => service.one('a'));
    await service.fell('a');
    expect(await service.readAll()).toEqual(['leaf a 1', 'one a']);
  });

  it('happens before the method and not again afterwards, with beforeInvocation', async () => {
    const service = await start();
    service.meanwhile = () => service.one('a');
    service.loads = [];
    await service.before('a');
    expect(service.loads).toEqual(['one a']);
    expect(await service.readAll()).toEqual(['leaf a 1']);
  });

  it('does not happen where condition says no', async () => {
    const service = await start();
    await service.maybe(false);
    expect(await service.readAll()).toEqual([]);
    await service.maybe(true);
    expect(await service.readAll()).toEqual(['list', 'one a', 'one b']);
  });
});
