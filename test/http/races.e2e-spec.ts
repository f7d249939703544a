import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { CacheEvict, CacheService, Cacheable, defineRegions, region } from 'nuthatch';
import { until } from '../support/app.js';
import { GRID, useSites } from './site.js';
import type { Site } from './site.js';

/** The row that every instance reads, as processes share a database. */
const row = { name: 'old' };

/** Handlers that have read the row and wait to be let go on. */
const waiting: (() => void)[] = [];
const control = { hold: false };

describe.each(GRID)('While a handler runs, on $platform, $name,', ({ platform, name }) => {
  const { place, open } = useSites(platform, name);
  const { one } = defineRegions('races', {
    one: region<[id: string], unknown>({ memory: place.memory, tags: ['birds'] }),
  });

  @Controller('birds')
  class Birds {
    runs = 0;

    @Get(':id')
    @Cacheable(one)
    async find(@Param('id') _id: string): Promise<object> {
      this.runs += 1;
      const { name } = row;
      if (control.hold) await new Promise<void>((resolve) => waiting.push(resolve));
      return { name };
    }

    @Put(':id')
    @CacheEvict(one, (id: string) => [id])
    async put(@Param('id') _id: string, @Body() { name }: { name: string }): Promise<void> {
      row.name = name;
    }
  }

  const start = async () => {
    Object.assign(row, { name: 'old' });
    control.hold = true;
    const site = await open({ controllers: [Birds] });
    const elsewhere = place.hasRedis ? await open({ controllers: [Birds] }) : site;
    return { site, elsewhere };
  };
  const letGo = () => {
    control.hold = false;
    for (const go of waiting.splice(0)) go();
  };
  const nameOf = async (site: Site) =>
    (JSON.parse((await site.ask('/birds/1')).body) as { name: string }).name;
  const put = async (site: Site) => {
    const headers = { 'content-type': 'application/json', 'content-length': '14' };
    await site.ask('/birds/1', { method: 'PUT', headers, body: '{"name":"new"}' });
  };

  const INVALIDATIONS: Record<string, (site: Site) => Promise<unknown>> = {
    'a PUT handler evicts the entity': put,
    'the entity is evicted by hand': (site) => site.get(CacheService).evict(one, [['1']]),
    'a tag is invalidated': (site) => site.get(CacheService).invalidateTags('birds'),
    'the region is cleared': (site) => site.get(CacheService).clear(one),
  };

  it.each(Object.keys(INVALIDATIONS))(
    'what it read before is given to nobody who asks later: %s',
    async (what) => {
      const { site, elsewhere } = await start();
      const first = nameOf(site);
      await until(() => waiting.length === 1, 'the handler has read the old row');
      row.name = 'new';
      await INVALIDATIONS[what]?.(elsewhere);
      control.hold = false;
      const second = nameOf(elsewhere);
      await pause(20);
      letGo();
      expect(await second).toBe('new');
      await first;
      for (const one of [elsewhere, site, elsewhere]) {
        // the other instance may learn of it a moment later, but by then it must know
        await until(async () => (await nameOf(one)) === 'new', 'it answers with the new row');
      }
      for (const one of [site, elsewhere]) expect(await nameOf(one)).toBe('new');
    },
  );

  it('those who wait for it are answered, and those who come after an evict have what is new', async () => {
    const { site } = await start();
    const before = Array.from({ length: 5 }, () => nameOf(site));
    await until(() => waiting.length === 1, 'one is in the handler, the others wait for it');
    await pause(20);
    control.hold = false;
    await put(site);
    const asked = Array.from({ length: 5 }, () => nameOf(site));
    await pause(20);
    letGo();
    const after = await Promise.all(asked);
    expect(after).toEqual(after.map(() => 'new'));
    for (const name of await Promise.all(before)) expect(['old', 'new']).toContain(name);
    expect(await nameOf(site)).toBe('new');
  });
});
