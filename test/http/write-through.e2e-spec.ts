import { describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  Body,
  Controller,
  Delete,
  Get,
  Injectable,
  NotFoundException,
  Param,
  Patch,
  Post,
  Put,
} from '@nestjs/common';
import { CachePut, CacheService, CacheTransactional, Cacheable, defineRegions, region } from 'nuthatch';
import { PLATFORMS } from '../support/app.js';
import { useSites } from './site.js';
import type { Site } from './site.js';

interface Bird {
  readonly id: string;
  readonly name: string;
}

describe.each(PLATFORMS)('writing through by handlers on %s', (platform) => {
  const { place, open } = useSites(platform, 'memory and Redis');
  const rows = new Map<string, Bird>();
  const { bird } = defineRegions('through', { bird: region<[id: string], Bird>({}) });

  function save(one: Bird): Bird {
    if (one.name === 'refused') throw new BadRequestException();
    rows.set(one.id, one);
    return one;
  }

  /** A table whose rows are there for others only after the commit. */
  @Injectable()
  class Transactions {
    loads = 0;

    @Cacheable(bird)
    async find(id: string): Promise<Bird> {
      this.loads++;
      const row = rows.get(id);
      if (row === undefined) throw new NotFoundException();
      return row;
    }

    @CachePut(bird, (one: Bird) => [one.id])
    async put(one: Bird): Promise<Bird> {
      return one;
    }

    @CacheTransactional()
    async rename(one: Bird, fails: boolean): Promise<void> {
      await this.put(one);
      if (fails) throw new BadRequestException();
      rows.set(one.id, one);
    }
  }

  @Controller('birds')
  class Birds {
    constructor(readonly transactions: Transactions) {}

    @Get(':id')
    @Cacheable(bird)
    async find(@Param('id') id: string): Promise<Bird> {
      return this.transactions.find(id);
    }

    @Post()
    @CachePut(bird, (one: Bird) => [one.id])
    async post(@Body() one: Bird): Promise<Bird> {
      return save(one);
    }

    @Put(':id')
    @CachePut(bird, (id: string, _: Bird) => [id])
    async put(@Param('id') id: string, @Body() { name }: Bird): Promise<Bird> {
      return save({ id, name });
    }

    @Patch(':id')
    @CachePut(bird, (id: string, _: Bird) => [id])
    async patch(@Param('id') id: string, @Body() { name }: Bird): Promise<Bird> {
      return save({ id, name });
    }

    @Delete(':id')
    @CachePut(bird, (id: string) => [id])
    async remove(@Param('id') id: string): Promise<undefined> {
      rows.delete(id);
    }

    @Put(':id/transaction/:fails')
    async rename(
      @Param('id') id: string,
      @Param('fails') fails: string,
      @Body() { name }: Bird,
    ): Promise<void> {
      await this.transactions.rename({ id, name }, fails === 'yes');
    }
  }

  const start = async () => {
    rows.clear();
    rows.set('1', { id: '1', name: 'old' });
    return open({ controllers: [Birds], providers: [Transactions] });
  };
  const send = (site: Site, method: string, path: string, one?: object) => {
    const body = one && JSON.stringify(one);
    const headers = body && { 'content-type': 'application/json', 'content-length': String(body.length) };
    return site.ask(path, { method, ...(headers && { headers }), ...(body && { body }) });
  };
  /** Entries, leases and markers of the entities in Redis; responses are condemned by their tags. */
  const kept = async () =>
    (await place.keys()).filter((name) => /:(v|l|w):/.test(name) && name.includes('{through.bird:'));

  it.each([
    ['POST', '/birds', '2'],
    ['PUT', '/birds/1', '1'],
    ['PATCH', '/birds/1', '1'],
  ])('%s writes the entity, which nobody loads then, and evicts its responses', async (method, path, id) => {
    const site = await start();
    await site.ask(`/birds/${id}`);
    const { loads } = site.get(Transactions);
    expect((await send(site, method, path, { id, name: 'new' })).status).toBeLessThan(300);
    expect(await site.get(Transactions).find(id)).toEqual({ id, name: 'new' });
    expect((await site.ask(`/birds/${id}`)).body).toBe(JSON.stringify({ id, name: 'new' }));
    expect(site.get(Transactions).loads).toBe(loads);
    expect(await kept()).toHaveLength(1);
  });

  it('DELETE, which gives nothing, evicts the entity and its responses', async () => {
    const site = await start();
    expect((await site.ask('/birds/1')).status).toBe(200);
    expect(await kept()).toHaveLength(1);
    expect((await send(site, 'DELETE', '/birds/1')).status).toBe(200);
    expect(await kept()).toEqual([]);
    expect((await site.ask('/birds/1')).status).toBe(404);
  });

  it.each([
    ['POST', '/birds'],
    ['PUT', '/birds/1'],
    ['PATCH', '/birds/1'],
  ])('%s that the database refuses leaves neither value nor marker', async (method, path) => {
    const site = await start();
    await site.ask('/birds/1');
    expect((await send(site, method, path, { id: '1', name: 'refused' })).status).toBe(400);
    expect(await kept()).toEqual([]);
    expect((await site.ask('/birds/1')).body).toContain('old');
  });

  it('a put inside a transaction that is rolled back never shows its row', async () => {
    const site = await start();
    await site.ask('/birds/1');
    expect((await send(site, 'PUT', '/birds/1/transaction/yes', { name: 'new' })).status).toBe(400);
    expect(await kept()).toEqual([]);
    expect(await site.get(CacheService).get(bird, ['1'])).toBeUndefined();
    expect((await site.ask('/birds/1')).body).toContain('old');
    expect((await send(site, 'PUT', '/birds/1/transaction/no', { name: 'new' })).status).toBe(200);
    expect((await site.ask('/birds/1')).body).toContain('new');
  });

  it('a value that is at hand is written by persist, and what that makes of it is kept', async () => {
    const cache = (await start()).get(CacheService);
    const given = { id: '3', name: 'given' };
    const made = { id: '3', name: 'made' };
    await expect(cache.write(bird, ['3'], given, async () => made)).resolves.toEqual(made);
    await expect(cache.get(bird, ['3'])).resolves.toEqual(made);
    await expect(cache.region(bird).write(['3'], given, async () => undefined)).resolves.toEqual(given);
    await expect(cache.get(bird, ['3'])).resolves.toEqual(given);
    const fails = cache.write(bird, ['3'], made, async () => Promise.reject(new RangeError('no')));
    await expect(fails).rejects.toThrow(new RangeError('no'));
    expect(await kept()).toEqual([]);
  });
});
