import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Head, Header, HttpCode, Param } from '@nestjs/common';
import { CacheService, Cacheable, defineRegions, region } from 'nuthatch';
import { GRID, useSites } from './site.js';
import type { Answer } from './site.js';

const BODY = '{"name":"ä ✓ nuthatch"}';

/** The headers that tell a client what it would get, or has. */
const about = ({ headers }: Answer) => [headers['content-type'], headers['content-length'], headers.etag];

describe.each(GRID)('A cached route on $platform, $name,', ({ platform, name }) => {
  const { place, open } = useSites(platform, name);
  const { answer } = defineRegions('head', {
    answer: region<readonly unknown[], unknown>({ memory: place.memory }),
  });

  @Controller('birds')
  class Birds {
    runs = 0;
    name = 'ä ✓ nuthatch';

    @Head('only-head')
    @Cacheable(answer)
    async onlyHead(): Promise<string> {
      this.runs += 1;
      return '';
    }

    @Get('code')
    @HttpCode(203)
    @Cacheable(answer)
    async code(): Promise<object> {
      this.runs += 1;
      return { name: this.name };
    }

    @Get('own-etag')
    @Header('etag', '"of my own"')
    @Cacheable(answer)
    async ownEtag(): Promise<object> {
      this.runs += 1;
      return { name: this.name };
    }

    @Get(':id')
    @Cacheable(answer)
    async find(@Param('id') _id: string): Promise<object> {
      this.runs += 1;
      return { name: this.name };
    }
  }

  const start = async () => {
    const site = await open({ controllers: [Birds] });
    return { site, birds: site.get(Birds), ask: site.ask.bind(site) };
  };
  const having = (etag: string | undefined) => ({ headers: { 'if-none-match': etag ?? 'none' } });

  it('answers HEAD from what GET stored, without a body', async () => {
    const { ask, birds } = await start();
    const full = await ask('/birds/1');
    expect(full.body).toBe(BODY);
    const elsewhere = await start();
    for (const one of place.hasRedis ? [ask, elsewhere.ask] : [ask]) {
      const head = await one('/birds/1', { method: 'HEAD' });
      expect([head.status, head.body, ...about(head)]).toEqual([200, '', ...about(full)]);
    }
    expect([birds.runs, elsewhere.birds.runs]).toEqual([1, 0]);
  });

  it('stores nothing for HEAD', async () => {
    const { ask, birds } = await start();
    for (const run of [1, 2]) {
      const head = await ask('/birds/1', { method: 'HEAD' });
      expect([head.status, head.body, head.headers['content-length']]).toEqual([
        200,
        '',
        String(Buffer.byteLength(BODY)),
      ]);
      expect(birds.runs).toBe(run);
    }
    expect((await ask('/birds/1')).body).toBe(BODY);
    expect(birds.runs).toBe(3);
  });

  it('runs a handler for HEAD alone each time', async () => {
    const { ask, birds } = await start();
    for (const _ of [1, 2, 3]) expect((await ask('/birds/only-head', { method: 'HEAD' })).status).toBe(200);
    expect(birds.runs).toBe(3);
  });

  it('says how long the body is, in bytes', async () => {
    const { ask } = await start();
    for (const _ of [1, 2]) {
      const { headers, bytes } = await ask('/birds/1');
      expect(Number(headers['content-length'])).toBe(bytes.length);
      expect(bytes.length).toBe(Buffer.byteLength(BODY));
    }
  });

  it('gives one body one ETag, on the first call, on hits, and in every instance', async () => {
    const [{ ask, birds }, elsewhere] = [await start(), await start()];
    const { etag } = (await ask('/birds/1')).headers;
    expect(etag).toMatch(/^W\/".+"$/);
    for (const one of [ask, elsewhere.ask, elsewhere.ask])
      expect((await one('/birds/1')).headers.etag).toBe(etag);
    expect((await ask('/birds/2')).headers.etag).toBe(etag);
    birds.name = 'owl';
    expect((await ask('/birds/3')).headers.etag).not.toBe(etag);
  });

  it('answers 304 without a body to who has it already', async () => {
    const { ask, birds } = await start();
    const { etag } = (await ask('/birds/1')).headers;
    const elsewhere = await start();
    for (const one of place.hasRedis ? [ask, ask, elsewhere.ask] : [ask, ask]) {
      for (const had of [etag, `"x", ${etag}`, etag?.slice(2), '*']) {
        const { status, body, headers } = await one('/birds/1', having(had));
        expect([status, body, headers['content-length'], headers.etag]).toEqual([304, '', undefined, etag]);
      }
      expect((await one('/birds/1', { ...having(etag), method: 'HEAD' })).status).toBe(304);
      for (const had of ['"x"', 'W/""', '', etag?.slice(3)])
        expect(await one('/birds/1', having(had))).toMatchObject({ status: 200, body: BODY });
    }
    expect([birds.runs, elsewhere.birds.runs]).toEqual([1, 0]);
  });

  it('answers 304 also when it had to be made anew and is the same', async () => {
    const { ask, birds, site } = await start();
    const { etag } = (await ask('/birds/1')).headers;
    await site.get(CacheService).clear(answer);
    expect(await ask('/birds/1', having(etag))).toMatchObject({ status: 304, body: '' });
    expect(birds.runs).toBe(2);
    expect(await ask('/birds/1')).toMatchObject({ status: 200, body: BODY });
    expect(birds.runs).toBe(2);
  });

  it('answers in full when it is not the same any more', async () => {
    const { ask, birds, site } = await start();
    const { etag } = (await ask('/birds/1')).headers;
    birds.name = 'owl';
    await site.get(CacheService).clear(answer);
    expect(await ask('/birds/1', having(etag))).toMatchObject({ status: 200, body: '{"name":"owl"}' });
    expect(await ask('/birds/1', having(etag))).toMatchObject({ status: 200, body: '{"name":"owl"}' });
  });

  it.each([
    ['code', 203, /^W\/"/],
    ['own-etag', 200, /^"of my own"$/],
  ])('does so for a route with a status or an ETag of its own: %s', async (path, code, etag) => {
    const { ask, birds } = await start();
    const full = await ask(`/birds/${path}`);
    expect([full.status, full.body]).toEqual([code, BODY]);
    expect(await ask(`/birds/${path}`, having(full.headers.etag))).toMatchObject({ status: 304, body: '' });
    const again = await ask(`/birds/${path}`);
    expect([again.status, again.body, ...about(again)]).toEqual([code, BODY, ...about(full)]);
    expect(full.headers.etag).toMatch(etag);
    expect(birds.runs).toBe(1);
  });
});
