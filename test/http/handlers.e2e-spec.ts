import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Header, HttpCode, Next, Param, Query, Redirect, Res, Sse } from '@nestjs/common';
import type { MessageEvent } from '@nestjs/common';
import { Cacheable, defineRegions, region } from 'nuthatch';
import type { Observable } from 'rxjs';
import { of } from 'rxjs';
import { PLATFORMS } from '../support/app.js';
import { essence, useSites } from './site.js';
import type { Answer } from './site.js';

const { any } = defineRegions('handlers', { any: region<readonly unknown[], unknown>({}) });

/** What both platforms' responses have. */
interface NativeResponse {
  status(code: number): this;
  send(body: unknown): this;
  header(name: string, value: string): this;
  removeHeader(name: string): unknown;
}

/** Nobody reads the request or the response in a key here. */
const NOTHING = () => [] as const;

@Controller()
class Birds {
  runs = 0;

  @Get('code')
  @HttpCode(203)
  @Header('x-bird', 'nuthatch')
  @Header('content-type', 'application/vnd.bird+json')
  @Cacheable(any)
  async code(): Promise<object> {
    this.runs += 1;
    return { a: 1 };
  }

  @Get('csv')
  @Header('content-type', 'text/csv')
  @Header('x-run', () => 'each time')
  @Cacheable(any)
  async csv(): Promise<string> {
    this.runs += 1;
    return 'a;b';
  }

  @Get('passthrough')
  @Cacheable(any, NOTHING)
  async passthrough(@Res({ passthrough: true }) response: NativeResponse): Promise<object> {
    this.runs += 1;
    response.status(202).header('link', '</next>; rel=next').header('content-language', 'sv');
    response
      .header('cache-control', 'public, max-age=60')
      .header('last-modified', 'Thu, 01 Jan 1970 00:00:00 GMT');
    return { a: 1 };
  }

  @Get('status-over-code')
  @HttpCode(203)
  @Cacheable(any, NOTHING)
  async statusOverCode(@Res({ passthrough: true }) response: NativeResponse): Promise<object> {
    this.runs += 1;
    response.status(201);
    return { a: 1 };
  }

  @Get('header/:what')
  @Header('x-frame-options', 'DENY')
  @Cacheable(any, (what: string) => [what])
  async header(
    @Param('what') what: string,
    @Res({ passthrough: true }) response: NativeResponse,
  ): Promise<object> {
    this.runs += 1;
    if (what === 'new') response.header('x-total', '5');
    else if (what === 'changed') response.header('x-frame-options', 'SAMEORIGIN');
    else response.removeHeader('x-frame-options');
    return { a: 1 };
  }

  @Get('own')
  @Cacheable(any, NOTHING)
  async own(@Res() response: NativeResponse, @Query('n') _n: string): Promise<object> {
    this.runs += 1;
    response.status(202).send({ sent: this.runs });
    return { returned: true };
  }

  @Get('late')
  @Cacheable(any, NOTHING)
  async late(@Res() response: NativeResponse): Promise<void> {
    this.runs += 1;
    setTimeout(() => response.send({ sent: this.runs }), 1);
  }

  @Get('next')
  @Cacheable(any, NOTHING)
  async next(@Res() response: NativeResponse, @Next() _next: () => void): Promise<string> {
    this.runs += 1;
    response.send({ sent: this.runs });
    return 'returned';
  }

  @Get('moved')
  @Redirect('/elsewhere', 301)
  @Cacheable(any)
  async moved(): Promise<object> {
    this.runs += 1;
    return { url: `/elsewhere/${this.runs}`, statusCode: 307 };
  }

  @Get('redirected')
  @Cacheable(any, NOTHING)
  async redirected(@Res({ passthrough: true }) response: NativeResponse): Promise<string> {
    this.runs += 1;
    response.status(302).header('location', `/elsewhere/${this.runs}`);
    return '';
  }

  @Sse('events')
  @Cacheable(any)
  async events(): Promise<Observable<MessageEvent>> {
    this.runs += 1;
    return of({ data: `run ${this.runs}` });
  }

  @Get('plain')
  async plain(): Promise<object> {
    this.runs += 1;
    return { run: this.runs };
  }
}

const headersOf = ({ headers }: Answer) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !['date', 'etag'].includes(name)));

describe.each(PLATFORMS)('Of a handler on %s', (platform) => {
  const { open } = useSites(platform, 'memory and Redis');

  const start = async () => {
    const bare = await open({ controllers: [Birds], cache: false });
    const site = await open({ controllers: [Birds] });
    return { bare, site, runs: () => site.get(Birds).runs };
  };

  it.each(['/code', '/csv', '/passthrough', '/status-over-code'])(
    'status and headers are the same without the cache, on the first call and on hits: %s',
    async (path) => {
      const { bare, site, runs } = await start();
      const expected = await bare.ask(path);
      const answers = [await site.ask(path), await site.ask(path)];
      const elsewhere = await open({ controllers: [Birds] });
      answers.push(await elsewhere.ask(path), await elsewhere.ask(path));
      expect(answers.map(headersOf)).toEqual(answers.map(() => headersOf(expected)));
      expect(answers.map(essence)).toEqual(answers.map(() => essence(expected)));
      expect([runs(), elsewhere.get(Birds).runs]).toEqual([1, 0]);
    },
  );

  it('the handler has the last word on the status, also over @HttpCode', async () => {
    const { site } = await start();
    const statuses = [await site.ask('/status-over-code'), await site.ask('/status-over-code')];
    expect(statuses.map(({ status }) => status)).toEqual([201, 201]);
    expect((await site.ask('/code')).status).toBe(203);
  });

  it.each([
    ['new', { 'x-total': '5', 'x-frame-options': 'DENY' }],
    ['changed', { 'x-frame-options': 'SAMEORIGIN' }],
    ['removed', {}],
  ])(
    'a header that a hit would lack keeps the response out, and one warning names it: %s',
    async (what, expected) => {
      const { site, runs } = await start();
      const own = ({ headers }: Answer) =>
        Object.fromEntries(
          Object.entries(headers).filter(([name]) => name.startsWith('x-') && name !== 'x-powered-by'),
        );
      for (const _ of [1, 2, 3]) expect(own(await site.ask(`/header/${what}`))).toEqual(expected);
      expect(runs()).toBe(3);
      expect(site.log.warnings).toEqual([
        expect.stringMatching(/^responses of Birds\.header .* x-(total|frame-options)/),
      ]);
    },
  );

  it.each(['/own', '/late', '/next'])('a response that it sends itself is left alone: %s', async (path) => {
    const { site, runs } = await start();
    for (const run of [1, 2, 3]) expect((await site.ask(path)).body).toBe(`{"sent":${run}}`);
    expect(runs()).toBe(3);
    expect(site.log.warnings).toEqual([
      expect.stringMatching(/^Birds\.\w+ runs without the cache: it sends/),
    ]);
  });

  it.each([
    ['/moved', 307],
    ['/redirected', 302],
  ])('a redirection is never kept: %s', async (path, status) => {
    const { site } = await start();
    for (const run of [1, 2, 3]) {
      const { headers, ...rest } = await site.ask(path);
      expect([rest.status, headers.location]).toEqual([status, `/elsewhere/${run}`]);
    }
  });

  it('events are sent as events, each time', async () => {
    const { bare, site, runs } = await start();
    const expected = await bare.ask('/events');
    expect(expected.type).toContain('text/event-stream');
    const answers = [await site.ask('/events'), await site.ask('/events')];
    expect(answers.map(({ type }) => type)).toEqual([expected.type, expected.type]);
    expect(answers.map(({ body }) => /run \d/.exec(body)?.[0])).toEqual(['run 1', 'run 2']);
    expect(runs()).toBe(2);
  });

  it('nothing is cached that is not decorated, and its headers are its own', async () => {
    const { bare, site } = await start();
    const expected = await bare.ask('/plain');
    const answers = [await site.ask('/plain'), await site.ask('/plain')];
    expect(answers.map(({ body }) => body)).toEqual(['{"run":1}', '{"run":2}']);
    expect(headersOf(answers[0] as Answer)).toEqual(headersOf(expected));
    expect(answers[0]?.headers.etag).toBe(expected.headers.etag);
  });
});
