import { afterAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { Cacheable, cacheContext, defineRegions, region } from 'nuthatch';
import { boot, closeAll, until } from '../support/app.js';
import { GRID, useSites } from './site.js';

afterAll(closeAll);

describe.each(GRID)('A handler that is slow or fails, on $platform, $name,', ({ platform, name }) => {
  const { open } = useSites(platform, name);

  const { eager } = defineRegions('http-loads', {
    eager: region<[id: string], object>({ ttl: 1, failSafe: true, softTimeout: 0, eagerRefresh: 0.1 }),
  });

  @Controller('birds')
  class Birds {
    loads = 0;
    fails = false;
    gone = false;
    readonly seen: unknown[] = [];
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

    /** What its region says of loads that nobody waits for is not for handlers. */
    @Get('replaced/:id')
    @Cacheable(eager, (id: string) => [id])
    async replaced(@Param('id') id: string): Promise<object> {
      const { stale } = cacheContext();
      this.seen.push(stale);
      if (this.gone) throw new NotFoundException();
      return this.load(id);
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

  it('is run by those who wait for it: the response that is stale is replaced, and shown to nobody', async () => {
    const { site, birds } = await start();
    const first = await site.ask('/birds/replaced/wren');
    const replaced = async () => (await site.ask('/birds/replaced/wren')).body !== first.body;
    await until(replaced, 'it is replaced');
    await until(replaced, 'it stays so');
    expect(new Set(birds.seen)).toEqual(new Set([undefined]));
  });

  it('is not answered for where it says that there is nothing', async () => {
    const { site, birds } = await start();
    await site.ask('/birds/replaced/wren');
    birds.gone = true;
    const isGone = async () => (await site.ask('/birds/replaced/wren')).status === 404;
    await until(isGone, 'the handler is asked');
    expect(await isGone()).toBe(true);
  });

  it('may have its response not kept', async () => {
    const { site, birds } = await start();
    await site.ask('/birds/skipped/wren');
    await site.ask('/birds/skipped/wren');
    expect(birds.loads).toBe(2);
  });
});

it.each([
  { softTimeout: 0, failSafe: true },
  { eagerRefresh: 0.5 },
  { beta: 1 },
  { hardTimeout: 1, completeInBackground: true },
])('A handler cannot be run for nobody: %j stops the boot', async (options) => {
  @Controller('wrong')
  class Wrong {
    @Get()
    @Cacheable({ region: 'http-loads.wrong', ...options })
    async find(): Promise<string> {
      return '';
    }
  }
  await expect(boot({ controllers: [Wrong], cache: {} })).rejects.toThrow(
    /of Wrong.find has a loader run that nobody waits for/,
  );
});

it('What turns such loads off is right on a handler too', async () => {
  @Controller('right')
  class Right {
    @Get()
    @Cacheable({
      region: 'http-loads.right',
      softTimeout: false,
      eagerRefresh: false,
      beta: 0,
      completeInBackground: false,
    })
    async find(): Promise<string> {
      return '';
    }
  }
  await expect(boot({ controllers: [Right], cache: {} })).resolves.toBeDefined();
});
