import { describe, expect, it } from '@jest/globals';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Injectable,
  Param,
  Patch,
  Post,
  Put,
  Query,
} from '@nestjs/common';
import { CacheEvict, CacheInvalidate, CacheService, Cacheable, defineRegions, region } from 'nuthatch';
import { until } from '../support/app.js';
import { GRID, useSites } from './site.js';
import type { Site } from './site.js';

interface Bird {
  readonly id: string;
  readonly name: string;
}

/** Every instance reads the same rows, as processes share a database. */
const rows = new Map<string, string>();

describe.each(GRID)('Responses on $platform, $name,', ({ platform, name }) => {
  const { place, open } = useSites(platform, name);
  const { one, list } = defineRegions('birds', {
    one: region<[id: string], Bird>({ memory: place.memory }),
    list: region<readonly unknown[], Bird[]>({ memory: place.memory, tags: ['birds'] }),
  });

  @Injectable()
  class Birds {
    loads = 0;

    @Cacheable(one)
    async find(id: string): Promise<Bird> {
      this.loads += 1;
      return { id, name: rows.get(id) ?? 'nobody' };
    }

    @CacheEvict(one, (id: string) => [id])
    async rename(id: string, name: string): Promise<void> {
      rows.set(id, name);
    }
  }

  @Controller('birds')
  class BirdsController {
    runs = 0;

    constructor(readonly birds: Birds) {}

    @Get()
    @Cacheable(list, (size: string) => [size])
    async all(@Query('size') size: string): Promise<Bird[]> {
      this.runs += 1;
      return [...rows].slice(0, Number(size)).map(([id, name]) => ({ id, name }));
    }

    @Get(':id')
    @Cacheable(one)
    async find(@Param('id') id: string): Promise<Bird> {
      this.runs += 1;
      return this.birds.find(id);
    }

    @Get(':id/card')
    @Cacheable({ region: one, key: (id: string) => [id], query: ['size'] })
    async card(@Param('id') id: string, @Query('size') size: string): Promise<object> {
      this.runs += 1;
      return { size, name: rows.get(id) };
    }

    @Put(':id')
    @CacheEvict(one, (id: string) => [id])
    async put(@Param('id') id: string, @Body() { name }: Bird): Promise<void> {
      rows.set(id, name);
    }

    @Patch(':id')
    @CacheEvict(one, (id: string) => [id])
    async patch(@Param('id') id: string, @Body() { name }: Bird): Promise<void> {
      rows.set(id, name);
    }

    @Post(':id')
    @HttpCode(204)
    @CacheEvict({ region: one, key: (id: string) => [id], strict: true })
    async post(@Param('id') id: string, @Body() { name }: Bird): Promise<void> {
      rows.set(id, name);
    }

    @Delete(':id')
    @CacheEvict(one, (id: string) => [id])
    async remove(@Param('id') id: string): Promise<void> {
      rows.delete(id);
    }

    @Put(':id/failing')
    @CacheEvict(one, (id: string) => [id])
    async failing(@Param('id') id: string, @Body() { name }: Bird): Promise<void> {
      rows.set(id, name);
      throw new Error('after the commit');
    }

    @Post(':id/service')
    async throughService(@Param('id') id: string, @Body() { name }: Bird): Promise<void> {
      await this.birds.rename(id, name);
    }

    @Post('all/clear')
    @CacheEvict({ region: one, allEntries: true })
    async clear(@Body() { name }: Bird): Promise<void> {
      for (const id of rows.keys()) rows.set(id, name);
    }

    @Post('all/invalidate')
    @CacheInvalidate({ tags: ['birds'] })
    async invalidate(@Body() { name }: Bird): Promise<void> {
      for (const id of rows.keys()) rows.set(id, name);
    }
  }

  const start = async () => {
    rows.clear();
    for (const id of ['1', '2']) rows.set(id, 'old');
    const parts = { controllers: [BirdsController], providers: [Birds] };
    return [await open(parts), await open(parts)] as const;
  };
  const write = (site: Site, method: string, path: string) => {
    const headers = { 'content-type': 'application/json', 'content-length': '14' };
    return site.ask(path, { method, headers, body: '{"name":"new"}' });
  };
  const OF_ONE = ['/birds/1', '/birds/1?a=b', '/birds/1/card?size=s', '/birds/1/card?size=m'];
  const OTHERS = ['/birds/2', '/birds/2/card?size=s', '/birds?size=2'];
  const bodies = async (site: Site, paths: readonly string[]) => {
    const answers = [];
    for (const path of paths) answers.push((await site.ask(path)).body);
    return answers;
  };
  /** The names that the answers hold, each once. */
  const seen = async (site: Site, paths: readonly string[]) =>
    [...new Set((await bodies(site, paths)).join().match(/old|new/g))].sort();

  it.each([
    ['PUT', '/birds/1', 200],
    ['PATCH', '/birds/1', 200],
    ['POST', '/birds/1', 204],
    ['PUT', '/birds/1/failing', 500],
    ['POST', '/birds/1/service', 201],
  ])(
    'of an entity are gone when %s %s was answered, all of them and no others',
    async (method, path, status) => {
      const [site, other] = await start();
      for (const one of [site, other]) expect(await seen(one, [...OF_ONE, ...OTHERS])).toEqual(['old']);
      const { runs } = site.get(BirdsController);
      expect((await write(site, method, path)).status).toBe(status);
      expect(await seen(site, OF_ONE)).toEqual(['new']);
      expect(await seen(site, OTHERS)).toEqual(['old']);
      expect(site.get(BirdsController).runs).toBe(runs + OF_ONE.length);
      if (!place.hasRedis) return;
      await until(async () => String(await seen(other, OF_ONE)) === 'new', 'the other instance answers anew');
      expect(await seen(other, OTHERS)).toEqual(['old']);
    },
  );

  it('of an entity are gone when it was deleted', async () => {
    const [site] = await start();
    await bodies(site, OF_ONE);
    expect((await site.ask('/birds/1', { method: 'DELETE' })).status).toBe(200);
    expect(await bodies(site, ['/birds/1', '/birds/1/card'])).toEqual(['{"id":"1","name":"nobody"}', '{}']);
  });

  it.each([
    ['evict', (cache: CacheService) => cache.evict(one, [['1']]), OF_ONE],
    ['delete', (cache: CacheService) => cache.delete(one, ['1']), OF_ONE],
    ['set', (cache: CacheService) => cache.set(one, ['1'], { id: '1', name: 'new' }), OF_ONE],
    ['clear', (cache: CacheService) => cache.clear(one), [...OF_ONE, '/birds/2']],
    [
      'invalidateTags',
      (cache: CacheService) => cache.invalidateTags('birds'),
      ['/birds?size=2', '/birds?size=1'],
    ],
  ] as const)('are reached by the cache service: %s', async (_, act, paths) => {
    const [site, other] = await start();
    for (const one of [site, other]) expect(await seen(one, paths)).toEqual(['old']);
    for (const id of rows.keys()) rows.set(id, 'new');
    await act(site.get(CacheService));
    expect(await seen(site, paths)).toEqual(['new']);
    if (!place.hasRedis) return;
    await until(async () => String(await seen(other, paths)) === 'new', 'the other instance answers anew');
  });

  it.each([
    ['/birds/all/clear', [...OF_ONE, '/birds/2', '/birds/2/card?size=s'], ['/birds?size=2']],
    ['/birds/all/invalidate', ['/birds?size=2', '/birds?size=1'], OF_ONE],
  ])('are reached by region and by tag: %s', async (path, gone, kept) => {
    const [site, other] = await start();
    for (const one of [site, other]) expect(await seen(one, [...gone, ...kept])).toEqual(['old']);
    expect((await write(site, 'POST', path)).status).toBe(201);
    expect(await seen(site, gone)).toEqual(['new']);
    expect(await seen(site, kept)).toEqual(['old']);
    if (!place.hasRedis) return;
    await until(async () => String(await seen(other, gone)) === 'new', 'the other instance answers anew');
    expect(await seen(other, kept)).toEqual(['old']);
  });
});
