import { describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Injectable, NotFoundException, Param, Put, Query } from '@nestjs/common';
import { CacheEvict, CachePut, CacheService, Cacheable, Caching, defineRegions, region } from 'nuthatch';
import { until } from '../support/app.js';
import { GRID, useSites } from './site.js';
import type { Site } from './site.js';

interface Bird {
  readonly id: string;
  readonly name: string;
}

/** Every instance reads the same rows, as processes share a database. */
const rows = new Map<string, string>();

describe.each(GRID)('@CachePut on a handler, on $platform, $name,', ({ platform, name }) => {
  const { place, open } = useSites(platform, name);
  const { one, list } = defineRegions('put', {
    one: region<[id: string], Bird>({ memory: place.memory }),
    list: region<[], Bird[]>({ memory: place.memory }),
  });

  @Injectable()
  class Birds {
    loads = 0;

    @Cacheable(one)
    async find(id: string): Promise<Bird> {
      this.loads += 1;
      const name = rows.get(id);
      if (name === undefined) throw new NotFoundException();
      return { id, name };
    }
  }

  @Controller('birds')
  class BirdsController {
    constructor(readonly birds: Birds) {}

    @Get()
    @Cacheable(list)
    async all(): Promise<Bird[]> {
      return [...rows].map(([id, name]) => ({ id, name }));
    }

    @Get(':id')
    @Cacheable(one, (id: string) => [id])
    async find(@Param('id') id: string, @Query('format') _format: string): Promise<Bird> {
      return this.birds.find(id);
    }

    @Put(':id')
    @CachePut(one, (id: string) => [id])
    async put(@Param('id') id: string, @Body() { name }: Bird): Promise<Bird> {
      if (name === 'refused') throw new NotFoundException();
      rows.set(id, name);
      return { id, name };
    }

    @Put(':id/everywhere')
    @Caching({
      put: [{ region: one, key: (id: string) => [id] }],
      evict: [{ region: list, allEntries: true }],
    })
    async everywhere(@Param('id') id: string, @Body() { name }: Bird): Promise<Bird> {
      rows.set(id, name);
      return { id, name };
    }

    @Put(':id/unless')
    @CachePut<BirdsController['unless']>({
      region: one,
      key: (id) => [id],
      unless: ({ name }) => name === 'new',
    })
    async unless(@Param('id') id: string, @Body() { name }: Bird): Promise<Bird> {
      rows.set(id, name);
      return { id, name };
    }

    @Put(':id/evict')
    @CacheEvict(one, (id: string) => [id])
    async evict(@Param('id') id: string, @Body() { name }: Bird): Promise<Bird> {
      rows.set(id, name);
      return { id, name };
    }
  }

  const start = async () => {
    rows.clear();
    rows.set('1', 'old');
    const parts = { controllers: [BirdsController], providers: [Birds] };
    return [await open(parts), await open(parts)] as const;
  };
  const put = (site: Site, path: string, named = 'new') => {
    const body = JSON.stringify({ name: named });
    const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
    return site.ask(path, { method: 'PUT', headers, body });
  };
  const nameOf = async (site: Site, path: string) => (JSON.parse((await site.ask(path)).body) as Bird).name;
  const PATHS = ['/birds/1', '/birds/1?format=short'];

  it('writes the entity, so that services read it without loading', async () => {
    const [site, other] = await start();
    await site.get(Birds).find('1');
    expect(await put(site, '/birds/1')).toMatchObject({ status: 200, body: '{"id":"1","name":"new"}' });
    expect(await site.get(Birds).find('1')).toEqual({ id: '1', name: 'new' });
    expect(site.get(Birds).loads).toBe(1);
    if (!place.hasRedis) return;
    expect(await other.get(Birds).find('1')).toEqual({ id: '1', name: 'new' });
    expect(other.get(Birds).loads).toBe(0);
  });

  it('evicts every response that was declared with the entity', async () => {
    const [site, other] = await start();
    for (const one of [site, other]) for (const path of PATHS) expect(await nameOf(one, path)).toBe('old');
    await put(site, '/birds/1');
    for (const path of PATHS) expect(await nameOf(site, path)).toBe('new');
    if (!place.hasRedis) return;
    const told = async () => (await nameOf(other, '/birds/1')) === 'new';
    await until(told, 'the other instance answers anew');
    for (const path of PATHS) expect(await nameOf(other, path)).toBe('new');
  });

  it('never stores a response to PUT', async () => {
    const [site] = await start();
    await put(site, '/birds/1', 'first');
    expect((await put(site, '/birds/1', 'second')).body).toBe('{"id":"1","name":"second"}');
    expect(await nameOf(site, '/birds/1')).toBe('second');
  });

  it('evicts the entity and its responses when the handler throws', async () => {
    const [site] = await start();
    for (const path of PATHS) expect(await nameOf(site, path)).toBe('old');
    rows.set('1', 'changed');
    expect((await put(site, '/birds/1', 'refused')).status).toBe(404);
    for (const path of PATHS) expect(await nameOf(site, path)).toBe('changed');
  });

  it('goes together with an evict', async () => {
    const [site] = await start();
    const all = async () => (await site.ask('/birds')).body;
    expect(await all()).toContain('old');
    expect(await nameOf(site, '/birds/1')).toBe('old');
    await put(site, '/birds/1/everywhere');
    expect(await all()).toContain('new');
    expect(await nameOf(site, '/birds/1')).toBe('new');
    expect(await site.get(CacheService).get(one, ['1'])).toEqual({ id: '1', name: 'new' });
  });

  it('leaves nothing where unless says so', async () => {
    const [site] = await start();
    await site.get(Birds).find('1');
    await put(site, '/birds/1/unless');
    expect(await site.get(CacheService).get(one, ['1'])).toBeUndefined();
    expect(await nameOf(site, '/birds/1')).toBe('new');
    await put(site, '/birds/1/unless', 'newer');
    expect(await site.get(CacheService).get(one, ['1'])).toEqual({ id: '1', name: 'newer' });
  });
});
