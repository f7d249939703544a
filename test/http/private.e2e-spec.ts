import { describe, expect, it } from '@jest/globals';
import { All, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { Cacheable, defineRegions, region } from 'nuthatch';
import type { Ask } from './site.js';
import { GRID, useSites } from './site.js';

interface NativeResponse {
  header(name: string, value: string | string[]): this;
}

/** Headers of responses that must not be kept. */
const FORBIDDING: readonly (readonly [string, string | string[]])[] = [
  ['set-cookie', 'sid=1'],
  ['set-cookie', ['a=1', 'b=2']],
  ['cache-control', 'no-store'],
  ['cache-control', 'private'],
  ['cache-control', 'max-age=60, Private="x-name"'],
  ['cache-control', 'no-cache'],
  ['cache-control', ['max-age=60', 'private']],
  ['content-encoding', 'identity'],
  ['vary', '*'],
  ['vary', 'Accept, *'],
];

/** Requests that the cache has no business with. */
const PERSONAL: readonly (readonly [string, Ask])[] = [
  ['Authorization', { headers: { authorization: 'Bearer x' } }],
  ['Cookie', { headers: { cookie: 'sid=1' } }],
  ['Range', { headers: { range: 'bytes=0-1' } }],
  ['no-store', { headers: { 'cache-control': 'no-store' } }],
  ['a body', { body: '{"a":1}', headers: { 'content-type': 'application/json', 'content-length': '7' } }],
];

describe.each(GRID)('A cached route on $platform, $name,', ({ platform, name }) => {
  const { place, open } = useSites(platform, name);
  const { answer } = defineRegions('private', {
    answer: region<readonly unknown[], unknown>({ memory: place.memory }),
  });

  @Controller('birds')
  class Birds {
    runs = 0;

    @Get('plain')
    @Cacheable(answer)
    async plain(): Promise<object> {
      return { run: ++this.runs };
    }

    @Get('header/:n')
    @Cacheable(answer, (n: string) => [n])
    async header(
      @Param('n') n: string,
      @Res({ passthrough: true }) response: NativeResponse,
    ): Promise<object> {
      response.header(...(FORBIDDING[Number(n)] as [string, string]));
      return { run: ++this.runs };
    }

    @Get('sometimes')
    @Cacheable(answer, (login: string) => [login])
    async sometimes(
      @Query('login') login: string,
      @Res({ passthrough: true }) response: NativeResponse,
    ): Promise<object> {
      this.runs += 1;
      if (this.runs === 1) response.header('set-cookie', 'sid=1');
      return { run: this.runs, login };
    }

    @All('all')
    @Cacheable(answer, () => [])
    async all(@Req() request: { method: string }): Promise<object> {
      return { run: ++this.runs, method: request.method };
    }

    @Post('plain')
    async post(): Promise<object> {
      return { posted: ++this.runs };
    }
  }

  const start = async (configure?: (app: INestApplication) => void) => {
    const site = await open({ controllers: [Birds] }, configure && { configure });
    return { site, birds: site.get(Birds), ask: site.ask.bind(site) };
  };
  const run = ({ body }: { body: string }) => (JSON.parse(body) as { run: number }).run;

  it.each(FORBIDDING.map(([header, value], n) => [n, header, value] as const))(
    'keeps no response with header %i, %s: %s',
    async (n, header, value) => {
      const { ask } = await start();
      for (const expected of [1, 2, 3]) {
        const answered = await ask(`/birds/header/${n}`);
        expect(run(answered)).toBe(expected);
        if (header !== 'set-cookie') continue;
        expect(answered.headers['set-cookie']).toEqual([value].flat());
      }
      expect(await place.keys('1:v:*private*')).toEqual([]);
    },
  );

  it('keeps a response without a cookie after one with a cookie, and never the cookie', async () => {
    const { ask } = await start();
    const answers = [
      await ask('/birds/sometimes'),
      await ask('/birds/sometimes'),
      await ask('/birds/sometimes'),
    ];
    expect(answers.map(run)).toEqual([1, 2, 2]);
    expect(answers.map(({ headers }) => headers['set-cookie'])).toEqual([['sid=1'], undefined, undefined]);
  });

  it.each(PERSONAL)('neither answers from the cache nor keeps what it answers: %s', async (_, personal) => {
    const { ask } = await start();
    expect(run(await ask('/birds/plain', personal))).toBe(1);
    expect(run(await ask('/birds/plain', personal))).toBe(2);
    // nothing of this is there for others, and what others have is not for these
    expect(run(await ask('/birds/plain'))).toBe(3);
    expect(run(await ask('/birds/plain'))).toBe(3);
    expect(run(await ask('/birds/plain', personal))).toBe(4);
    expect(run(await ask('/birds/plain'))).toBe(3);
  });

  it('answers a personal request at once while another is under way, and with its own answer', async () => {
    const { ask } = await start();
    const personal = { headers: { authorization: 'Bearer x' } };
    const answers = await Promise.all([
      ask('/birds/plain'),
      ask('/birds/plain', personal),
      ask('/birds/plain', personal),
    ]);
    expect(new Set(answers.map(run)).size).toBe(3);
  });

  it('is for GET only: other methods run, and see and leave nothing', async () => {
    const { ask } = await start();
    const asked = async (method: string) => JSON.parse((await ask('/birds/all', { method })).body) as object;
    expect(await asked('POST')).toEqual({ run: 1, method: 'POST' });
    expect(await asked('GET')).toEqual({ run: 2, method: 'GET' });
    expect(await asked('GET')).toEqual({ run: 2, method: 'GET' });
    let run = 2;
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect(await asked(method)).toEqual({ run: ++run, method });
    expect(await asked('GET')).toEqual({ run: 2, method: 'GET' });
  });

  it('does not mix up handlers of one path and different methods', async () => {
    const { ask } = await start();
    expect((await ask('/birds/plain')).body).toBe('{"run":1}');
    expect((await ask('/birds/plain', { method: 'POST' })).body).toBe('{"posted":2}');
    expect((await ask('/birds/plain')).body).toBe('{"run":1}');
  });
});
