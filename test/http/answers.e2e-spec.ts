import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Param, StreamableFile } from '@nestjs/common';
import { Cacheable, defineRegions, region } from 'nuthatch';
import { from, of } from 'rxjs';
import { GRID, essence, useSites } from './site.js';

class Bird {
  constructor(readonly name: string) {}

  get loud(): boolean {
    return true;
  }
}

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;

/** What a handler may return that is kept, made anew for each call. */
const KEPT = {
  object: () => ({ b: 1, a: [1, 2.5, -0, 1e21, null, true] }),
  nested: () => ({ a: { b: { c: [{ d: [[]] }, {}] } } }),
  array: () => [1, 'two', { three: 3 }],
  'an empty array': () => [],
  'an empty object': () => ({}),
  unicode: () => ({ 'ключ ✓': 'ä\u2028\u0000\ud83d\ude00"\\/', lone: '\ud800' }),
  'dates, undefined and toJSON': () => ({
    at: new Date(0),
    no: undefined,
    list: [undefined],
    json: { toJSON: () => 'x' },
  }),
  'own keys of all kinds': () => JSON.parse('{"__proto__":{"x":1},"constructor":2,"1":3,"":4}') as object,
  'an instance of a class': () => new Bird('nuthatch'),
  'a Map, which JSON does not know': () => new Map([[1, 2]]),
  text: () => 'nuthatch',
  'empty text': () => '',
  'text that looks like JSON': () => '{"a": 1}',
  'text that looks like HTML': () => '<p>ä ✓ \ud83d\ude00</p>',
  'text with a lone surrogate': () => 'a\ud800b',
  'a long text': () => 'ä'.repeat(100_000),
  'an observable object': () => of({ a: 1 }),
  'an observable of several values': () => from([{ a: 1 }, { a: 2 }]),
  'an observable text': () => of('a'),
};

/** What is sent in the platform's own way, and run anew for each request. */
const NOT_KEPT = {
  undefined: () => undefined,
  null: () => null,
  zero: () => 0,
  'a number': () => 5.5,
  true: () => true,
  false: () => false,
  'a bigint': () => 1n,
  'an observable number': () => of(7),
  'an observable of nothing': () => from([]),
  'a Buffer': () => Buffer.from([0, 255, 128, 10]),
  'a typed array': () => new Uint8Array([1, 2, 255]),
  'a file': () => new StreamableFile(Buffer.from([0, 255]), { type: 'image/png', length: 2 }),
  'a stream': () => Readable.from([Buffer.from('a'), Buffer.from('b')]),
  'an async generator': () =>
    (async function* () {
      yield 'a';
      yield 'b';
    })(),
  'a web response': () => new Response('teapot', { status: 202, headers: { 'x-brew': 'tea' } }),
  'an error, returned': () => new Error('returned'),
  'what refers to itself': () => cyclic,
  'what holds a bigint': () => ({ n: 1n }),
};

describe.each(GRID)('A cached route on $platform, $name', ({ platform, name }) => {
  const { place, open } = useSites(platform, name);
  const { answer } = defineRegions('answers', {
    answer: region<[kind: string], unknown>({ memory: place.memory }),
  });

  @Controller('birds')
  class Birds {
    runs = 0;

    @Get(':kind')
    @Cacheable(answer)
    async find(@Param('kind') kind: string): Promise<unknown> {
      this.runs += 1;
      const answers: Record<string, (() => unknown) | undefined> = { ...KEPT, ...NOT_KEPT };
      return answers[kind]?.();
    }
  }

  it.each(Object.keys(KEPT))(
    'answers with the same bytes as without a cache, from wherever: %s',
    async (kind) => {
      const path = `/birds/${encodeURIComponent(kind)}`;
      const bare = await (await open({ controllers: [Birds], cache: false })).ask(path);
      const site = await open({ controllers: [Birds] });
      const answers = [await site.ask(path), await site.ask(path)];
      const elsewhere = await open({ controllers: [Birds] });
      answers.push(await elsewhere.ask(path), await elsewhere.ask(path), await site.ask(path));
      expect(bare.status).toBe(200);
      expect(answers.map(essence)).toEqual(answers.map(() => essence(bare)));
      expect(Number(bare.headers['content-length'])).toBe(bare.bytes.length);
      expect(site.get(Birds).runs).toBe(1);
      expect(elsewhere.get(Birds).runs).toBe(place.hasRedis ? 0 : 1);
    },
  );

  it.each(Object.keys(NOT_KEPT))(
    'answers as without a cache, and runs for each request: %s',
    async (kind) => {
      const path = `/birds/${encodeURIComponent(kind)}`;
      const bare = await (await open({ controllers: [Birds], cache: false })).ask(path);
      const site = await open({ controllers: [Birds] });
      const answers = [await site.ask(path), await site.ask(path), await site.ask(path)];
      expect(answers.map(essence)).toEqual(answers.map(() => essence(bare)));
      expect(site.get(Birds).runs).toBe(3);
    },
  );
});
