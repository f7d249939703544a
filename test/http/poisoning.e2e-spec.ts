import { describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Param, Query, Req } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request } from 'express';
import { Cacheable, defineRegions, region } from 'nuthatch';
import { GRID, essence, useSites } from './site.js';
import type { Ask } from './site.js';

const EVIL = 'evil.example';

interface NativeRequest {
  protocol: string;
  host: string;
  headers: Record<string, string | undefined>;
}

describe.each(GRID)('An attacker who asks first, on $platform, $name,', ({ platform, name }) => {
  const { open, place } = useSites(platform, name);
  const { any } = defineRegions('poison', {
    any: region<readonly unknown[], unknown>({ memory: place.memory }),
  });

  @Controller('birds')
  class Birds {
    @Get('link')
    @Cacheable<Birds['link']>({ region: any, key: () => [] })
    async link(@Req() { protocol, host }: NativeRequest): Promise<object> {
      return { next: `${protocol}://${host}/birds/link?page=2` };
    }

    @Get('searched')
    @Cacheable({ region: any, query: ['q'] })
    async searched(@Query('q') q: string): Promise<object> {
      return { q };
    }

    @Get('body')
    @Cacheable({ region: any, key: () => [] })
    async body(@Body() body: { q?: string } | undefined): Promise<object> {
      return { q: body?.q ?? 'none' };
    }

    @Get('fragile/:id')
    @Cacheable<Birds['fragile']>({ region: any, key: (id) => [id] })
    async fragile(@Param('id') id: string, @Req() { headers }: NativeRequest): Promise<object> {
      if ((headers['x-anything'] ?? '').length > 100) throw new Error('too much');
      return { id };
    }

    @Get(':id')
    @Cacheable({ region: any })
    async one(@Param('id') id: string): Promise<object> {
      return { id };
    }
  }

  const trusting = (app: INestApplication) => {
    if (platform === 'express') (app as NestExpressApplication).set('trust proxy', true);
  };
  const start = (configure?: (app: INestApplication) => void) =>
    open(
      { controllers: [Birds] },
      { ...(configure && { configure }), fastify: { trustProxy: configure === trusting } },
    );
  const post = (body: string, headers = {}): Ask => ({
    body,
    headers: { 'content-type': 'application/json', 'content-length': String(body.length), ...headers },
  });

  /** What an attacker asks for, then what everybody else is answered, twice. */
  const attack = async (
    asked: readonly (readonly [string, Ask?])[],
    path: string,
    configure?: typeof trusting,
  ) => {
    const site = await start(configure);
    for (const [target, ask] of asked) await site.ask(target, ask);
    const answers = [await site.ask(path), await site.ask(path)];
    const bare = await open(
      { controllers: [Birds], cache: false },
      { ...(configure && { configure }), fastify: { trustProxy: configure === trusting } },
    );
    const expected = essence(await bare.ask(path));
    expect(answers.map(essence)).toEqual([expected, expected]);
    return expected.body;
  };

  it('cannot put a host of his own into links', async () => {
    const asked = [
      'evil.example',
      'birds.example@evil.example',
      'birds.example:1',
      'BIRDS.example',
      'birds.example.',
    ];
    const body = await attack(
      asked.map((host) => ['/birds/link', { headers: { host } }]),
      '/birds/link',
    );
    expect(body).toBe('{"next":"http://birds.example/birds/link?page=2"}');
  });

  const PROXIED = [
    ['x-forwarded-host', EVIL],
    ['x-forwarded-host', `${EVIL}, birds.example`],
    ['x-forwarded-host', `birds.example, ${EVIL}`],
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-proto', 'gopher'],
    ['x-forwarded-for', '1.2.3.4'],
  ] as const;
  it.each([
    ...PROXIED.map((one) => ['which is not trusted', ...one, undefined] as const),
    ...PROXIED.map((one) => ['which is trusted', ...one, trusting] as const),
  ])('cannot do so by what a proxy would say, %s: %s: %s', async (_, header, value, configure) => {
    const asked = [['/birds/link', { headers: { [header]: value } }]] as const;
    expect(await attack(asked, '/birds/link', configure)).toContain('http://birds.example/');
  });

  const padding = Array.from({ length: 1_500 }, (_, n) => `z${n}`).join('&');
  it.each([
    ['parameters that no parser reads any more', `/birds/searched?${padding}&q=wren`],
    ['the parameter in a fragment', '/birds/searched?x=1#&q=wren'],
    ['the parameter in a fragment of the path', '/birds/searched#?q=wren'],
    ['the parameter more than once', '/birds/searched?q=wren&q=owl'],
    ['the parameter with brackets', '/birds/searched?q[]=owl&q=wren'],
    ['the parameter in other letters', '/birds/searched?Q=wren'],
    ['the parameter with a semicolon', '/birds/searched?x;q=wren'],
    ['the parameter twice encoded', '/birds/searched?%2571=wren'],
    ['parameters that are not allowed', '/birds/searched?utm=1&__proto__[q]=owl&q=wren&constructor=1'],
    ['no parameter at all', '/birds/searched?'],
  ])('cannot change what a query finds, with %s', async (_, target) => {
    expect(await attack([[target]], '/birds/searched?q=wren')).toBe('{"q":"wren"}');
    expect(await attack([[target]], '/birds/searched?q=%65')).toBe('{"q":"e"}');
  });

  it('cannot change it by a body, which a URL does not show', async () => {
    const asked = ['{"q":"evil"}', '{}'].map(
      (body) => ['/birds/body', { method: 'GET', ...post(body) }] as const,
    );
    const chunked = {
      method: 'GET',
      body: '{"q":"evil"}',
      headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
    };
    expect(await attack([...asked, ['/birds/body', chunked]], '/birds/body')).toBe('{"q":"none"}');
  });

  it.each<[string, Ask]>([
    ['If-None-Match', { headers: { 'if-none-match': '*' } }],
    ['If-Modified-Since', { headers: { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' } }],
    ['If-Match', { headers: { 'if-match': '"none"' } }],
    ['If-Range with a range', { headers: { 'if-range': '"none"', range: 'bytes=0-0' } }],
    ['HEAD', { method: 'HEAD' }],
    ['another type', { headers: { accept: 'text/plain' } }],
    ['a method of his own', { headers: { 'x-http-method-override': 'DELETE', 'x-method-override': 'HEAD' } }],
    ['a path of his own', { headers: { 'x-original-url': '/admin', 'x-rewrite-url': '/admin' } }],
  ])('cannot leave an empty or other answer behind, with %s', async (_, ask) => {
    expect(await attack([['/birds/7', ask]], '/birds/7')).toBe('{"id":"7"}');
  });

  it('cannot leave an error behind, with headers that are too large', async () => {
    const small = { headers: { 'x-anything': 'x'.repeat(200) } };
    const large = { headers: { 'x-anything': 'x'.repeat(20_000) } };
    const asked = [
      ['/birds/fragile/7', small],
      ['/birds/fragile/7', large],
    ] as const;
    expect(await attack(asked, '/birds/fragile/7')).toBe('{"id":"7"}');
  });

  it('cannot take the place of another path, however it is written', async () => {
    const odd = [
      '/birds/1/../2',
      '/birds/./1',
      '//birds/1',
      '/birds//1',
      '/birds/1/',
      '/BIRDS/1',
      '/birds/1;x=2',
      '/birds/1%3Fx',
      '/birds/%31',
      '/birds/1%2F..%2F2',
      '/birds/1%00',
      '/birds/1%20',
      '/birds/1?',
      '/birds/1#2',
      '/birds/1%23',
      '\\birds\\1',
      'http://evil.example/birds/1',
      '/birds/1,s0:,s0:',
      '/birds/1&x=2',
      '/birds/%zz',
    ];
    const site = await start();
    const bare = await open({ controllers: [Birds], cache: false });
    for (const target of odd) {
      const expected = essence(await bare.ask(target));
      for (const _ of [1, 2]) expect([target, essence(await site.ask(target))]).toEqual([target, expected]);
    }
    for (const id of ['1', '2']) expect((await site.ask(`/birds/${id}`)).body).toBe(`{"id":"${id}"}`);
  });

  it('cannot be sent elsewhere by a header and leave the answer where others look', async () => {
    const rewrite = (url: string, tenant: unknown) =>
      typeof tenant === 'string' ? `/birds/of-${tenant}` : url;
    const configure = (app: INestApplication) => {
      if (platform === 'fastify') return;
      app.use((request: Request, _response: unknown, next: NextFunction) => {
        request.url = rewrite(request.url, request.headers['x-tenant']);
        next();
      });
    };
    const rewriteUrl = (request: { url?: string; headers: Record<string, unknown> }) =>
      rewrite(request.url ?? '/', request.headers['x-tenant']);
    const site = await open({ controllers: [Birds] }, { configure, fastify: { rewriteUrl } });
    const id = async (tenant?: string) =>
      (await site.ask('/birds/7', { headers: tenant === undefined ? {} : { 'x-tenant': tenant } })).body;
    for (const _ of [1, 2]) {
      expect(await id('red')).toBe('{"id":"of-red"}');
      expect(await id()).toBe('{"id":"7"}');
      expect(await id('blue')).toBe('{"id":"of-blue"}');
    }
  });

  if (platform === 'express') {
    it('cannot pass a body off as a GET by overriding the method', async () => {
      const override = (app: INestApplication) =>
        void app.use((request: Request, _response: unknown, next: NextFunction) => {
          const wanted = request.headers['x-http-method-override'];
          if (typeof wanted === 'string') request.method = wanted;
          next();
        });
      const site = await start(override);
      const forged = { method: 'POST', ...post('{"q":"evil"}', { 'x-http-method-override': 'GET' }) };
      expect((await site.ask('/birds/body', forged)).body).toBe('{"q":"evil"}');
      for (const _ of [1, 2]) expect((await site.ask('/birds/body')).body).toBe('{"q":"none"}');
      expect(
        (await site.ask('/birds/body', { method: 'GET', headers: { 'x-http-method-override': 'PUT' } }))
          .status,
      ).toBe(404);
    });
  }
});
