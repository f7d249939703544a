import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { CacheEvict, CachePut, Cacheable, CacheService, defineRegions, region } from 'nuthatch';
import { PLACES, usePlace } from '../support/app.js';

class Filter {
  constructor(readonly q: string) {}
}

const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;

/** What no key can be made of, and the word the warning uses for it. */
const WITHOUT_FORM: readonly [what: string, argument: unknown, word: string][] = [
  ['a request', new IncomingMessage(new Socket()), 'IncomingMessage'],
  ['an instance of a class', new Filter('oak'), 'Filter'],
  ['an object that holds one', { filter: new Filter('oak') }, 'Filter'],
  ['a function', () => 'oak', 'function'],
  ['a symbol', Symbol('oak'), 'symbol'],
  ['an object that holds itself', cyclic, 'cycle'],
  ['a Promise', Promise.resolve('oak'), 'Promise'],
];

describe.each(PLACES)('The key of a call, %s', (name) => {
  const place = usePlace(name);
  const { memory } = place;
  const keys = defineRegions('keys', {
    any: region<unknown[], number>({ memory }),
    id: region<[id: string], number>({ memory }),
  });

  @Injectable()
  class Shelf {
    runs = 0;

    constructor(readonly cache: CacheService) {}

    @Cacheable<Shelf['find']>({ region: keys.any })
    find(_first: unknown, _second?: unknown): Promise<number> {
      return this.run();
    }

    @Cacheable<Shelf['findBy']>({ region: keys.id, key: (filter) => [filter.q] })
    findBy(_filter: Filter, _request: unknown): Promise<number> {
      return this.run();
    }

    @Cacheable<Shelf['rest']>({ region: 'keys.rest' })
    rest(..._ids: string[]): Promise<number> {
      return this.run();
    }

    @Cacheable<Shelf['defaults']>({ region: 'keys.defaults' })
    defaults(_id: string, _limit = 10): Promise<number> {
      return this.run();
    }

    @CacheEvict<Shelf['forget']>({ region: keys.any })
    async forget(_first: unknown, _second?: unknown): Promise<void> {
      this.runs += 1;
    }

    @CachePut<Shelf['put']>({ region: keys.any })
    put(_first: unknown): Promise<number> {
      return this.run();
    }

    async run(): Promise<number> {
      this.runs += 1;
      return this.runs;
    }
  }

  async function start() {
    const booted = await place.boot({ providers: [Shelf] });
    return { shelf: booted.get(Shelf), log: booted.log };
  }

  it('is the same for equal arguments, whatever the order of their properties', async () => {
    const { shelf } = await start();
    await shelf.find({ q: 'oak', page: 1, none: undefined }, [new Date(5)]);
    await shelf.find({ page: 1, q: 'oak' }, [new Date(5)]);
    expect(shelf.runs).toBe(1);
  });

  it.each([
    [1, '1'],
    [0, -0],
    [null, undefined],
    [null, 'null'],
    ['', undefined],
    [['a', 'b'], ['a,b']],
    [{ a: 1 }, { a: '1' }],
    [[], {}],
    ['{oak}', '%7Boak%7D'],
  ])('is another one for %j than for %j', async (one, other) => {
    const { shelf } = await start();
    await shelf.find(one, 'x');
    await shelf.find(other, 'x');
    expect(shelf.runs).toBe(2);
  });

  it.each([
    [1, '1'],
    [0, -0],
    [-0, 0],
    [NaN, 'NaN'],
    [true, 'true'],
    [2n, 2],
    [null, undefined],
    ['a', ['a']],
  ])('is another one for the only argument %p than for %p', async (one, other) => {
    const { shelf } = await start();
    const answers: number[] = [];
    for (const argument of [one, one, one, other, other, other, one])
      answers.push(await shelf.find(argument));
    expect(answers).toEqual([1, 1, 1, 2, 2, 2, 1]);
  });

  it('is made of what an argument holds at the call, not of which object it is', async () => {
    const { shelf } = await start();
    const filter = { q: 'oak' };
    const answers = [await shelf.find(filter), await shelf.find(filter)];
    filter.q = 'elm';
    answers.push(await shelf.find(filter), await shelf.find({ q: 'oak' }), await shelf.find({ q: 'elm' }));
    expect(answers).toEqual([1, 1, 2, 1, 2]);
  });

  it('tells one argument from two', async () => {
    const { shelf } = await start();
    await shelf.rest('a', 'b');
    await shelf.rest('a,b');
    await shelf.rest('a:b');
    await shelf.rest();
    expect(shelf.runs).toBe(4);
  });

  it('leaves out arguments the method does not declare, such as the index of Array.map', async () => {
    const { shelf } = await start();
    await Promise.all(['a', 'a', 'a'].map(shelf.put, shelf));
    shelf.runs = 0;
    const more = (extra: unknown): Promise<number> =>
      shelf.find(...(['b', 'c', extra] as unknown as ['b', 'c']));
    await more('more');
    await more({ other: 'more' });
    await shelf.find('b', 'c');
    expect(shelf.runs).toBe(1);
  });

  it('counts all arguments where the method declares defaults or a rest parameter', async () => {
    const { shelf } = await start();
    await shelf.defaults('a', 1);
    await shelf.defaults('a', 2);
    await shelf.rest('a', 'b');
    await shelf.rest('a', 'c');
    expect(shelf.runs).toBe(4);
  });

  it('is what the key function says, and nothing else', async () => {
    const { shelf, log } = await start();
    await shelf.findBy(new Filter('oak'), cyclic);
    await shelf.findBy(new Filter('oak'), () => 'another');
    await shelf.findBy(new Filter('elm'), cyclic);
    expect(shelf.runs).toBe(2);
    await expect(shelf.cache.get(keys.id, ['elm'])).resolves.toBe(2);
    expect(log.warnings).toEqual([]);
  });

  describe.each(WITHOUT_FORM)('when an argument is %s', (_, argument, word) => {
    it('does not exist: the method runs uncached, with one warning that names method and argument', async () => {
      const { shelf, log } = await start();
      await shelf.find('oak', argument);
      await shelf.find('oak', argument);
      await shelf.find('elm', argument);
      expect(shelf.runs).toBe(3);
      expect(log.warnings).toEqual([expect.stringMatching(/Shelf\.find\b.*argument 2 /)]);
      expect(log.warnings[0]).toContain(word);
    });

    it('makes an evict and a put throw before the method runs, for nobody could say what to evict', async () => {
      const { shelf } = await start();
      const noKey = {
        code: 'NO_CANONICAL_KEY',
        message: expect.stringMatching(/Shelf\.\w+: argument [12] /),
      };
      await expect(shelf.forget('oak', argument)).rejects.toMatchObject(noKey);
      await expect(shelf.put(argument)).rejects.toMatchObject(noKey);
      expect(shelf.runs).toBe(0);
    });
  });
});
