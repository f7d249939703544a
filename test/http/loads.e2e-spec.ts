import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Param } from '@nestjs/common';
import { Cacheable, cacheContext } from 'nuthatch';
import { until } from '../support/app.js';
import { GRID, useSites } from './site.js';

describe.each(GRID)('A handler that is slow or fails, on $platform, $name,', ({ platform, name }) => {
  const { open } = useSites(platform, name);

  @Controller('birds')
  class Birds {
    loads = 0;
    fails = false;
    signal: AbortSignal | undefined;

    /** Stale as soon as it is there. */
    @Get('safe/:id')
    @Cacheable({ region: 'http-loads.safe', ttl: 1, failSafe: true })
    async safe(@Param('id') id: string): Promise<object> {
      return this.load(id);
    }

    @Get('hangs/:id')
    @Cacheable({ region: 'http-loads.hangs', hardTimeout: 50 })
    async hangs(@Param('id') _id: string): Promise<object> {
      ({ signal: this.signal } = cacheContext());
      return new Promise<object>(() => undefined);
    }

    @Get('skipped/:id')
    @Cacheable({ region: 'http-loads.skipped' })
    async skipped(@Param('id') id: string): Promise<object> {
      cacheContext().skip();
      return this.load(id);
    }

    private async load(id: string): Promise<object> {
      this.loads += 1;
      if (this.fails) throw new Error('the database is down');
      return { id, loads: this.loads };
    }
  }

  const start = async () => {
    const site = await open({ controllers: [Birds] });
    return { site, birds: site.get(Birds) };
  };

  it('is answered for by its last response', async () => {
    const { site, birds } = await start();
    const loaded = await site.ask('/birds/safe/wren');
    birds.fails = true;
    // the first may still come before the response is stored, or while it is fresh
    await until(async () => (await site.ask('/birds/safe/wren')).status === 200, 'a stored response answers');
    const stale = await site.ask('/birds/safe/wren');
    expect([stale.status, stale.body, stale.headers.etag]).toEqual([200, loaded.body, loaded.headers.etag]);
    expect((await site.ask('/birds/safe/owl')).status).toBe(500);
    const { loads } = birds;
    await site.ask('/birds/safe/wren');
    expect(birds.loads).toBe(loads);
  });

  it('is given up after its hard timeout: 504', async () => {
    const { site, birds } = await start();
    expect((await site.ask('/birds/hangs/wren')).status).toBe(504);
    expect(birds.signal?.aborted).toBe(true);
  });

  it('may have its response not kept', async () => {
    const { site, birds } = await start();
    await site.ask('/birds/skipped/wren');
    await site.ask('/birds/skipped/wren');
    expect(birds.loads).toBe(2);
  });
});
