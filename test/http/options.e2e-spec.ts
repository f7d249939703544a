import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject, Injectable, Param, Query, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { CacheConfig, CacheService, Cacheable, defineRegions, region } from 'nuthatch';
import { until } from '../support/app.js';
import { GRID, useSites } from './site.js';

const fail = (): never => {
  throw new RangeError('the password is 1234');
};

@Injectable()
class Flags {
  cached = true;
}

describe.each(GRID)('Options on a handler, on $platform, $name:', ({ platform, name }) => {
  const { place, open } = useSites(platform, name);
  const { memory } = place;
  const { answer, brief } = defineRegions('options', {
    answer: region<readonly unknown[], unknown>({ memory, ttl: '1h' }),
    brief: region<readonly unknown[], unknown>({ memory, ttl: 80 }),
  });
  const id = (one: string) => [one];

  @Controller('birds')
  class Birds {
    runs = 0;

    @Get('condition/:id')
    @Cacheable<Birds['condition']>({ region: answer, condition: (one) => one > 10 })
    condition(@Param('id') _id: number): Promise<object> {
      return this.run();
    }

    @Get('flag/:id')
    @Cacheable({ region: answer, condition: { inject: [Flags], useFactory: (flags: Flags) => flags.cached } })
    flag(@Param('id') _id: string): Promise<object> {
      return this.run();
    }

    @Get('unless/:id')
    @Cacheable<Birds['unless']>({ region: answer, unless: ({ run }, one) => one === 'odd' && run % 2 === 1 })
    unless(@Param('id') _id: string): Promise<{ run: number }> {
      return this.run();
    }

    @Get('ttl/:id')
    @Cacheable<Birds['ttl']>({
      region: answer,
      ttl: (_result, one) => (one === 'brief' ? 80 : one === 'never' ? 0 : '10m'),
    })
    ttl(@Param('id') _id: string): Promise<object> {
      return this.run();
    }

    @Get('brief')
    @Cacheable(brief)
    brief(): Promise<object> {
      return this.run();
    }

    @Get('tags/:id')
    @Cacheable<Birds['tags']>({ region: answer, tags: (one, size) => [`bird:${one}`, `size:${size}`] })
    tags(@Param('id') _id: string, @Query('size') _size: string): Promise<object> {
      return this.run();
    }

    @Get('throwing/key/:id')
    @Cacheable({ region: answer, key: fail })
    throwingKey(@Param('id') _id: string): Promise<object> {
      return this.run();
    }

    @Get('throwing/tags/:id')
    @Cacheable({ region: answer, tags: fail })
    throwingTags(@Param('id') _id: string): Promise<object> {
      return this.run();
    }

    @Get('throwing/condition/:id')
    @Cacheable({ region: answer, key: id, condition: fail })
    throwingCondition(@Param('id') _id: string): Promise<object> {
      return this.run();
    }

    @Get('throwing/unless/:id')
    @Cacheable({ region: answer, unless: fail })
    throwingUnless(@Param('id') _id: string): Promise<object> {
      return this.run();
    }

    @Get('throwing/ttl/:id')
    @Cacheable({ region: answer, ttl: fail })
    throwingTtl(@Param('id') _id: string): Promise<object> {
      return this.run();
    }

    private async run(): Promise<{ run: number }> {
      return { run: ++this.runs };
    }
  }

  const start = async () => {
    const site = await open({ controllers: [Birds], providers: [Flags] });
    const run = async (path: string) =>
      (JSON.parse((await site.ask(`/birds/${path}`)).body) as { run: number }).run;
    const runs = async (path: string, times = 3) => {
      const found = [];
      for (let n = 0; n < times; n++) found.push(await run(path));
      return found;
    };
    return { site, run, runs };
  };

  it('condition says for which arguments there is a cache', async () => {
    const { runs } = await start();
    expect(await runs('condition/7')).toEqual([1, 2, 3]);
    expect(await runs('condition/11')).toEqual([4, 4, 4]);
  });

  it('a condition that does not depend on the call holds for what is cached already, too', async () => {
    const { site, runs } = await start();
    expect(await runs('flag/1')).toEqual([1, 1, 1]);
    site.get(Flags).cached = false;
    expect(await runs('flag/1')).toEqual([2, 3, 4]);
    site.get(Flags).cached = true;
    expect(await runs('flag/1')).toEqual([1, 1, 1]);
  });

  it('unless sees result and arguments, and says what is not kept', async () => {
    const { runs } = await start();
    expect(await runs('unless/odd', 4)).toEqual([1, 2, 2, 2]);
    expect(await runs('unless/any')).toEqual([3, 3, 3]);
  });

  it('ttl sees result and arguments, and says how long a response is kept', async () => {
    const { runs, run } = await start();
    expect(await runs('ttl/never')).toEqual([1, 2, 3]);
    expect(await runs('ttl/long')).toEqual([4, 4, 4]);
    const first = await run('ttl/brief');
    await until(async () => (await run('ttl/brief')) > first, 'the brief response runs out');
    expect(await run('ttl/long')).toBe(4);
    if (!place.hasRedis) return;
    const lives: unknown[] = [];
    for (const key of await place.keys('1:v:*')) lives.push(await place.server?.command('PTTL', key));
    const inTenMinutes = lives.map(Number).filter((ms) => ms > 590_000 && ms <= 600_000);
    expect(inTenMinutes).toHaveLength(1);
  });

  it('the ttl of the region holds for its responses', async () => {
    const { run } = await start();
    const first = await run('brief');
    await until(async () => (await run('brief')) > first, 'the response runs out');
    expect(await run('brief')).toBeGreaterThan(first);
  });

  it('tags sees the arguments, and each tag reaches the responses that carry it', async () => {
    const { site, run } = await start();
    const cache = site.get(CacheService);
    const paths = ['tags/a?size=s', 'tags/a?size=m', 'tags/b?size=s'];
    const asked = async () => Promise.all(paths.map(run));
    const first = await asked();
    expect(await asked()).toEqual(first);
    await cache.invalidateTags('bird:a');
    const second = await asked();
    expect(second.map((one, n) => one === first[n])).toEqual([false, false, true]);
    await cache.invalidateTags('size:s');
    const third = await asked();
    expect(third.map((one, n) => one === second[n])).toEqual([false, true, false]);
  });

  it.each(['key', 'tags', 'condition', 'unless'])(
    'a function that throws never breaks a request, which does without: %s',
    async (option) => {
      const { site, runs } = await start();
      expect(await runs(`throwing/${option}/7`)).toEqual([1, 2, 3]);
      expect(site.log.warnings).toEqual([expect.stringMatching(`^${option} of Birds\\.`)]);
      expect(site.log.lines.join()).not.toContain('1234');
    },
  );

  it('a ttl that throws leaves the ttl of the region', async () => {
    const { site, runs } = await start();
    expect(await runs('throwing/ttl/7')).toEqual([1, 1, 1]);
    expect(site.log.about('ttl of Birds.throwingTtl')).toHaveLength(1);
  });

  it('a class may set them for all its handlers', async () => {
    @Controller('owls')
    @CacheConfig({ region: answer, ttl: 1_000 })
    class Owls {
      runs = 0;

      @Get()
      @Cacheable()
      async all(): Promise<object> {
        return { run: ++this.runs };
      }
    }
    const site = await open({ controllers: [Owls] });
    for (const _ of [1, 2]) expect((await site.ask('/owls')).body).toBe('{"run":1}');
    await until(async () => (await site.ask('/owls')).body !== '{"run":1}', 'the response runs out');
  });

  it('a request-scoped controller is cached where its key says what it depends on', async () => {
    let made = 0;

    @Controller({ path: 'scoped', scope: Scope.REQUEST })
    class Scoped {
      static runs = 0;

      constructor(@Inject(REQUEST) readonly request: { url: string }) {
        made += 1;
      }

      @Get(':id')
      @Cacheable(answer, id)
      async find(@Param('id') id: string): Promise<object> {
        return { id, url: this.request.url, run: ++Scoped.runs };
      }
    }
    const site = await open({ controllers: [Scoped] });
    for (const _ of [1, 2])
      expect((await site.ask('/scoped/7')).body).toBe('{"id":"7","url":"/scoped/7","run":1}');
    expect((await site.ask('/scoped/8')).body).toContain('"run":2');
    expect(made).toBe(3);
  });

  it('a request-scoped controller without a key stops the boot', async () => {
    @Controller({ path: 'scoped', scope: Scope.REQUEST })
    class Scoped {
      @Get(':id')
      @Cacheable(answer)
      async find(@Param('id') id: string): Promise<object> {
        return { id };
      }
    }
    await expect(open({ controllers: [Scoped] })).rejects.toThrow('Scoped.find');
  });
});

describe.each(GRID)('ENABLE_API_CACHE=false, on $platform, $name:', ({ platform, name }) => {
  const { open, place } = useSites(platform, name);
  afterEach(() => {
    delete process.env.ENABLE_API_CACHE;
  });
  const { answer } = defineRegions('bypass', {
    answer: region<[id: string], number>({ memory: place.memory }),
  });

  @Injectable()
  class Service {
    loads = 0;

    @Cacheable(answer)
    async find(_id: string): Promise<number> {
      return ++this.loads;
    }
  }

  @Controller()
  class Birds {
    runs = 0;

    @Get('birds/:id')
    @Cacheable({ region: answer })
    async find(@Param('id') _id: string): Promise<object> {
      return { run: ++this.runs };
    }
  }

  it('routes run each time, and methods of services are cached as ever', async () => {
    process.env.ENABLE_API_CACHE = 'false';
    const site = await open({ controllers: [Birds], providers: [Service] });
    for (const run of [1, 2, 3]) expect((await site.ask('/birds/1')).body).toBe(`{"run":${run}}`);
    for (const _ of [1, 2]) expect(await site.get(Service).find('1')).toBe(1);
    delete process.env.ENABLE_API_CACHE;
    const cached = await open({ controllers: [Birds], providers: [Service] });
    for (const _ of [1, 2]) expect((await cached.ask('/birds/1')).body).toBe('{"run":1}');
  });
});
