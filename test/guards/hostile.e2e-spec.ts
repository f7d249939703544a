import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { CacheService, Cacheable, defineRegions, region } from 'nuthatch';
import { EMPTY } from 'rxjs';
import { PLACES, usePlace } from '../support/app.js';

const MESSAGE = 'nobody may quote this';
const fail = (): never => {
  throw new Error(MESSAGE);
};
const cyclic = (): object => {
  const one: Record<string, unknown> = {};
  return Object.assign(one, { self: one });
};
const throwing: ProxyHandler<object> = {
  get: (_, name) => (name === 'then' ? undefined : fail()),
  has: fail,
  ownKeys: fail,
  getPrototypeOf: fail,
  getOwnPropertyDescriptor: fail,
};
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

/** Made anew for every use: some hold state. Names stand beside them, for a test runner would read them. */
const THINGS: [name: string, make: () => unknown][] = [
  ['a proxy that throws', () => new Proxy({}, throwing)],
  ['a list that is a proxy', () => new Proxy([], throwing)],
  ['an object below a proxy', () => Object.create(new Proxy({}, { getPrototypeOf: fail })) as object],
  ['a getter that throws', () => Object.defineProperty({}, 'key', { get: fail, enumerable: true })],
  ['a cycle', cyclic],
  ['a function', () => fail],
  ['a symbol', () => Symbol('a')],
  ['an instance of a class', () => new (class Nut {})()],
  ['an Observable', () => EMPTY],
  ['a stream', () => Readable.from([])],
  ['a generator', () => (function* () {})()],
  ['what makes no text', () => ({ nut: { [Symbol.toPrimitive]: fail } })],
  ['too much text', () => 'x'.repeat(2_000_000)],
];

/** What only a result must not be: as an argument it makes a key. */
const RESULTS: typeof THINGS = [
  ...THINGS,
  ['a toJSON that throws', () => ({ toJSON: fail })],
  ['an error', () => new Error(MESSAGE)],
];

const THROWN: [name: string, make: () => unknown][] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['a text', () => MESSAGE],
  ['a symbol', () => Symbol('a')],
  ['a frozen error', () => Object.freeze(new Error(MESSAGE))],
  ['an object without a prototype', () => Object.create(null) as object],
  ['a proxy that throws', () => new Proxy({}, throwing)],
  ['a revoked proxy', revoked],
];

describe.each(PLACES)('Through the cache, %s,', (name) => {
  const place = usePlace(name);
  const { memory } = place;
  const { things } = defineRegions('hostile', { things: region<unknown[], unknown>({ memory }) });

  @Injectable()
  class Shelf {
    calls = 0;
    seen: unknown;
    work: () => unknown = () => 'done';

    constructor(readonly cache: CacheService) {}

    @Cacheable(things)
    async find(argument: unknown): Promise<unknown> {
      this.calls += 1;
      this.seen = argument;
      return this.work();
    }
  }

  async function start() {
    const { log, get } = await place.boot({ providers: [Shelf] });
    return { shelf: get(Shelf), log };
  }

  it.each(THINGS)(
    'an argument goes as it is, and its call without the cache, said once: %s',
    async (_, make) => {
      const { shelf, log } = await start();
      const argument = make();
      for (let time = 0; time < 2; time++) expect(await shelf.find(argument)).toBe('done');
      expect([shelf.calls, shelf.seen === argument]).toEqual([2, true]);
      expect(log.about('Shelf.find runs without the cache: argument 1 has no canonical form')).toHaveLength(
        1,
      );
      expect(log.lines.join()).not.toContain(MESSAGE);
    },
  );

  it.each(RESULTS)('a result goes as it is, and is not kept, said once: %s', async (_, make) => {
    const { shelf, log } = await start();
    const result = make();
    shelf.work = () => result;
    const [one, joined] = await Promise.all([shelf.find('oak'), shelf.find('oak')]);
    const later = await shelf.find('oak');
    expect([one === result, joined === result, later === result, shelf.calls]).toEqual([true, true, true, 2]);
    expect(log.about("a value of the region 'hostile.things' is not kept: ")).toHaveLength(1);
    expect(log.lines.join()).not.toContain(MESSAGE);
  });

  it.each(THROWN)(
    'what a loader throws reaches every caller as it is, and nothing is kept: %s',
    async (_, make) => {
      const { shelf, log } = await start();
      const thrown = make();
      const load = () => {
        throw thrown;
      };
      shelf.work = load;
      const { cache } = shelf;
      const calls = [
        () => Promise.all([shelf.find('oak'), shelf.find('oak')]),
        () => cache.getOrSet(things, ['elm'], load),
        () => cache.getOrSet(things, [fail], load),
        () => cache.getOrSetMany(things, [['a'], ['b']], load),
        () => cache.getOrSetMany(things, [['c']], async () => [Promise.resolve().then(load)]),
      ];
      for (const call of calls) {
        const caught = await call().then(
          () => 'nothing',
          (error: unknown) => ({ error }),
        );
        expect((caught as { error: unknown }).error === thrown).toBe(true);
      }
      shelf.work = () => 'found';
      expect(await shelf.find('oak')).toBe('found');
      expect(await cache.getMany(things, [['elm'], ['a'], ['b'], ['c']])).toEqual(Array(4).fill(undefined));
      expect(log.warnings).toEqual([]);
    },
  );

  it.each([
    [
      'calls both back',
      { then: (done: (v: unknown) => void, no: () => void) => (done('first'), no()) },
      'first',
    ],
    ['calls back and throws', { then: (done: (v: unknown) => void) => (done('first'), fail()) }, 'first'],
    ['brings another', { then: (done: (v: unknown) => void) => done(Promise.resolve('second')) }, 'second'],
  ])('a thenable that %s is waited for as await does', async (_, thenable, value) => {
    const { shelf } = await start();
    const { cache } = shelf;
    shelf.work = () => thenable;
    expect(await shelf.find('oak')).toBe(value);
    expect(await cache.getOrSet(things, ['elm'], () => thenable)).toBe(value);
    expect(
      await cache.getOrSetMany(things, [['a']], (() => ({
        then: (done: (v: unknown) => void) => done([thenable]),
      })) as never),
    ).toEqual([value]);
  });

  it('a loader that throws before it gives a promise rejects, and never throws', async () => {
    const { shelf } = await start();
    for (const call of [
      () => shelf.cache.getOrSet(things, ['elm'], fail),
      () => shelf.cache.getOrSetMany(things, [['elm']], fail),
    ])
      await expect(call()).rejects.toThrow(MESSAGE);
  });
});
