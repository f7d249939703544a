import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Param, Query } from '@nestjs/common';
import { CacheService, Cacheable, defineRegions, region } from 'nuthatch';
import { PLATFORMS, until } from '../support/app.js';
import { DeafProxy } from './deaf-proxy.js';
import { useSites } from './site.js';
import type { Site } from './site.js';

const { one, list } = defineRegions('nested', {
  one: region<[id: string], string>({}),
  list: region<[], string>({ tags: ['birds'] }),
});

/** Every instance reads the same rows, as processes share a database. */
const rows = { name: 'old' };

@Injectable()
class Birds {
  @Cacheable(one)
  async find(_id: string): Promise<string> {
    return rows.name;
  }

  @Cacheable(list)
  async all(): Promise<string> {
    return rows.name;
  }
}

@Controller('birds')
class BirdsController {
  constructor(readonly birds: Birds) {}

  @Get()
  @Cacheable({ region: list, key: () => [] })
  async all(@Query('page') _page: string): Promise<object> {
    return { name: await this.birds.all() };
  }

  @Get(':id')
  @Cacheable({ region: one })
  async find(@Param('id') id: string): Promise<object> {
    return { name: await this.birds.find(id) };
  }
}

describe.each(PLATFORMS)('A route on %s whose handler reads cached values', (platform) => {
  const { place, open } = useSites(platform, 'memory and Redis');
  const proxies: DeafProxy[] = [];
  afterEach(() => Promise.all(proxies.splice(0).map((proxy) => proxy.close())));

  const parts = { controllers: [BirdsController], providers: [Birds] };
  /** An instance whose channel can be held up. */
  const openDeaf = async () => {
    const proxy = await DeafProxy.open(place.server?.port ?? 0);
    proxies.push(proxy);
    // it trusts its memory all the while: what is tested is not the gate
    const cache = place.options({ redis: { url: proxy.url }, maxStaleness: '60s' });
    return { proxy, deaf: await open({ ...parts, cache }) };
  };
  const name = async (site: Site, path: string) => JSON.parse((await site.ask(path)).body) as object;

  it.each([
    ['an evict', '/birds/1?first', '/birds/1?second', (cache: CacheService) => cache.evict(one, [['1']])],
    [
      'an invalidated tag',
      '/birds?page=1',
      '/birds?page=2',
      (cache: CacheService) => cache.invalidateTags('birds'),
    ],
    ['a cleared region', '/birds/1?first', '/birds/1?second', (cache: CacheService) => cache.clear(one)],
  ])('stores no answer made of a value that %s has not reached yet', async (_, known, asked, act) => {
    rows.name = 'old';
    const { proxy, deaf } = await openDeaf();
    const site = await open(parts);
    const cache = deaf.get(CacheService);
    expect(await name(deaf, known)).toEqual({ name: 'old' });
    await until(
      async () => (await cache.get(one, ['1'])) !== undefined || asked.includes('page'),
      'it is in memory',
    );
    proxy.hold();
    rows.name = 'new';
    await act(site.get(CacheService));
    // whatever it answers now, for it cannot know, nobody else may be given that
    await name(deaf, asked);
    expect(await name(site, asked)).toEqual({ name: 'new' });
    proxy.release();
    await until(async () => JSON.stringify(await name(deaf, asked)) === '{"name":"new"}', 'it hears of it');
  });
});
