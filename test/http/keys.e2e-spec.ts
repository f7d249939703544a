import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Param, Query } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Cacheable, defineRegions, region } from 'nuthatch';
import { GRID, useSites } from './site.js';

describe.each(GRID)('The key of a response, on $platform, $name,', ({ platform, name }) => {
  const { place, open } = useSites(platform, name);
  const { answer } = defineRegions('keys', {
    answer: region<readonly unknown[], unknown>({ memory: place.memory }),
  });

  @Controller('birds')
  class Birds {
    runs = 0;

    @Get()
    @Cacheable(answer, (query: Record<string, unknown>) => [{ ...query }])
    async list(@Query() query: Record<string, unknown>): Promise<object> {
      return { run: ++this.runs, query };
    }

    @Get('whole/:kind')
    @Cacheable(answer)
    async whole(@Param() params: object, @Query() query: object): Promise<object> {
      return { run: ++this.runs, params, query };
    }

    @Get('allowed')
    @Cacheable({ region: answer, query: ['size', 'page'] })
    async allowed(@Query('size') size: string, @Query('page') page: string): Promise<object> {
      return { run: ++this.runs, size, page };
    }

    @Get('none')
    @Cacheable({ region: answer, query: [] })
    async none(): Promise<object> {
      return { run: ++this.runs };
    }

    @Get(':id')
    @Cacheable(answer, (id: string) => [id])
    async one(@Param('id') id: string): Promise<object> {
      return { run: ++this.runs, id };
    }

    @Get(':id/eggs/:egg')
    @Cacheable(answer, (id: string) => [id])
    async egg(@Param('id') id: string, @Param('egg') egg: string): Promise<object> {
      return { run: ++this.runs, id, egg };
    }
  }

  const start = async (configure?: (app: INestApplication) => void) => {
    const site = await open({ controllers: [Birds] }, configure && { configure });
    const ask = async (path: string, headers = {}) =>
      JSON.parse((await site.ask(path, { headers })).body) as Record<string, unknown> & { run: number };
    return { site, ask, birds: site.get(Birds) };
  };

  /** Asks twice over for each; gives the run that each answer came from. */
  const runsOf = async (ask: (path: string) => Promise<{ run: number }>, paths: readonly string[]) => {
    const runs = [];
    for (const path of [...paths, ...paths]) runs.push((await ask(path)).run);
    expect(runs.slice(paths.length)).toEqual(runs.slice(0, paths.length));
    return runs.slice(0, paths.length);
  };

  it('tells paths apart, whatever else is the same', async () => {
    const { ask } = await start();
    const paths = [
      '/birds/1',
      '/birds/2',
      '/birds/1/eggs/1',
      '/birds/1/eggs/2',
      '/birds/2/eggs/1',
      '/birds/01',
    ];
    expect(await runsOf(ask, paths)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('tells what is encoded from what is not', async () => {
    const { ask } = await start();
    const ids = [];
    for (const id of ['a%2Fb', 'a%252Fb', 'a%20b', 'a+b', '%C3%A4', 'a', 'A'])
      for (const _ of [1, 2]) ids.push((await ask(`/birds/${id}`)).id);
    expect(ids).toEqual(['a/b', 'a%2Fb', 'a b', 'a+b', 'ä', 'a', 'A'].flatMap((id) => [id, id]));
  });

  it('does not care about the order of the query', async () => {
    const { ask } = await start();
    const runs = await runsOf(ask, [
      '/birds?a=1&b=2',
      '/birds?b=2&a=1',
      '/birds?b=2&&a=1&',
      '/birds?',
      '/birds',
    ]);
    expect(runs).toEqual([1, 1, 1, 2, 2]);
  });

  it('tells values apart, and the order of values of one name', async () => {
    const { ask } = await start();
    const queries = [
      'a=1',
      'a=2',
      'a=1&a=2',
      'a=2&a=1',
      'a=1&a=1',
      'a=',
      'b=1',
      'a=1&b=',
      'a=1%26b%3D',
      'a=%ff',
      'a=%fe',
    ];
    const paths = queries.map((query) => `/birds?${query}`);
    expect(await runsOf(ask, paths)).toEqual(queries.map((_, n) => n + 1));
    expect((await ask('/birds?a=2&a=1')).query).toEqual({ a: ['2', '1'] });
  });

  it('needs no function for handlers that take all of the query or all parameters', async () => {
    const { site, ask } = await start();
    expect(await runsOf(ask, ['/birds/whole/wren?a=1', '/birds/whole/wren?a=2', '/birds/whole/owl'])).toEqual(
      [1, 2, 3],
    );
    expect(site.log.warnings).toEqual([]);
  });

  it('takes only the parameters that are allowed to make a difference, where that is said', async () => {
    const { ask } = await start();
    const queries = [
      'size=1',
      'size=1&utm=x',
      'utm=y&size=1',
      'size=2',
      'page=1&size=1',
      'size=1&page=1&utm=',
      'utm=z',
    ];
    const runs = await runsOf(
      ask,
      queries.map((query) => `/birds/allowed?${query}`),
    );
    expect(runs).toEqual([1, 1, 1, 2, 3, 3, 4]);
    expect(await runsOf(ask, ['/birds/none?a=1', '/birds/none', '/birds/none?b'])).toEqual([5, 5, 5]);
  });

  it('tells hosts apart', async () => {
    const { ask } = await start();
    const runs = [];
    for (const host of ['a.example', 'b.example', 'a.example:8080', 'a.example', 'b.example'])
      runs.push((await ask('/birds/1', { host })).run);
    expect(runs).toEqual([1, 2, 3, 1, 2]);
  });

  it('is not the key of the entity that the response is declared with', async () => {
    const { ask, birds } = await start();
    expect((await ask('/birds/1')).run).toBe(1);
    expect((await ask('/birds/1/eggs/1')).run).toBe(2);
    expect(await birds.one('1')).toEqual({ run: 3, id: '1' });
  });

  it('works below a global prefix', async () => {
    const { ask } = await start((app) => app.setGlobalPrefix('api/v1'));
    expect(await runsOf(ask, ['/api/v1/birds/1', '/api/v1/birds/2', '/api/v1/birds?a=1'])).toEqual([1, 2, 3]);
  });

  if (platform === 'express') {
    it('keeps the order of what the extended parser puts together', async () => {
      const { ask } = await start((app) => (app as NestExpressApplication).set('query parser', 'extended'));
      const asked = [];
      for (const query of ['a[]=1&a=2', 'a=2&a[]=1', 'f[x]=1', 'f[x]=2', 'id=1&[id]=2', '[id]=2&id=1'])
        for (const _ of [1, 2]) asked.push((await ask(`/birds?${query}`)).query);
      const expected = [{ a: ['1', '2'] }, { a: ['2', '1'] }, { f: { x: '1' } }, { f: { x: '2' } }];
      expect(asked.slice(0, 8)).toEqual(expected.flatMap((one) => [one, one]));
      expect(asked.slice(8)).toEqual(
        [
          ['1', '2'],
          ['2', '1'],
        ].flatMap((id) => [{ id }, { id }]),
      );
    });
  }
});
