import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { CacheEvict, CacheService, Cacheable, defineRegions, region } from 'nuthatch';
import { PLATFORMS, until } from '../support/app.js';
import { useSites } from './site.js';

const PLACES = ['memory and Redis', 'Redis only'] as const;
const GRID = PLATFORMS.flatMap((platform) => PLACES.map((name) => ({ platform, name })));

describe.each(GRID)('With Redis in trouble, a cached route on $platform, $name,', ({ platform, name }) => {
  const { place, open } = useSites(platform, name);
  const { one } = defineRegions('outage', { one: region<[id: string], unknown>({ memory: place.memory }) });

  @Controller('birds')
  class Birds {
    runs = 0;
    row = 'old';

    @Get(':id')
    @Cacheable(one)
    async find(@Param('id') id: string): Promise<object> {
      this.runs += 1;
      return { id, row: this.row };
    }

    @Put(':id')
    @CacheEvict(one, (id: string) => [id])
    async put(@Param('id') _id: string, @Body() { row }: { row: string }): Promise<object> {
      this.row = row;
      return { row };
    }
  }

  const start = async () => {
    const site = await open({ controllers: [Birds] });
    const put = () => {
      const headers = { 'content-type': 'application/json', 'content-length': '13' };
      return site.ask('/birds/1', { method: 'PUT', headers, body: '{"row":"new"}' });
    };
    return { site, birds: site.get(Birds), put };
  };
  const server = () => {
    if (place.server === undefined) throw new Error('this place has Redis');
    return place.server;
  };

  it('answers while Redis is gone, and with what is new', async () => {
    const { site, put } = await start();
    expect((await site.ask('/birds/1')).body).toBe('{"id":"1","row":"old"}');
    await server().kill();
    for (const id of ['1', '2', '3'])
      expect((await site.ask(`/birds/${id}`)).body).toBe(`{"id":"${id}","row":"old"}`);
    expect((await put()).status).toBe(200);
    expect((await site.ask('/birds/1')).body).toBe('{"id":"1","row":"new"}');
    await server().restart();
    const cache = site.get(CacheService);
    await until(async () => (await cache.evict(one, [['1']])) === 'confirmed', 'Redis is back');
    for (const _ of [1, 2]) expect((await site.ask('/birds/1')).body).toBe('{"id":"1","row":"new"}');
  });

  it('is answered by a PUT only when its evict was acknowledged', async () => {
    const { site, put } = await start();
    await site.ask('/birds/1');
    let answered = false;
    server().freeze();
    const putting = put().finally(() => (answered = true));
    // the handler has long run by then; its answer waits for the server
    await until(() => site.get(Birds).row === 'new', 'the handler has run');
    await pause(200);
    expect(answered).toBe(false);
    server().thaw();
    expect((await putting).status).toBe(200);
    const elsewhere = await start();
    elsewhere.birds.row = 'new';
    for (const { ask } of [elsewhere.site, site])
      expect((await ask('/birds/1')).body).toBe('{"id":"1","row":"new"}');
  });

  it('is not broken by an entry that another release has written', async () => {
    const { site, birds } = await start();
    await site.ask('/birds/1');
    const [key = ''] = await place.keys('1:v:*outage*http*');
    const other = (await site.get(CacheService).set('other', [], { body: 1 })) === 'confirmed';
    expect(other).toBe(true);
    const [foreign = ''] = await place.keys('1:v:*other*');
    await server().command('COPY', foreign, key, 'REPLACE');
    const elsewhere = await start();
    for (const _ of [1, 2])
      expect((await elsewhere.site.ask('/birds/1')).body).toBe('{"id":"1","row":"old"}');
    expect(birds.runs).toBe(1);
    expect(elsewhere.birds.runs).toBe(1);
  });
});
