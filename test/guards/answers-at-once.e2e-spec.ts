import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import {
  CacheEvict,
  CacheInvalidate,
  CachePut,
  CacheService,
  CacheTransactional,
  Cacheable,
  defineRegions,
  region,
} from 'nuthatch';
import { PLACES, usePlace } from '../support/app.js';

type Decorator = (target: object, property: string, descriptor: PropertyDescriptor) => void;

const PROMISE = 'returned a promise; it has to answer at once';
const NO_ANSWER = 'did not return true or false';

/** Wrong answers where one is wanted at once; what is rejected must not end the process either. */
const LATE: [name: string, fn: () => unknown][] = [
  ['resolves', async () => true],
  ['rejects', () => Promise.reject(new Error('nobody hears this'))],
  ['is a thenable', () => ({ then: (done: (value: boolean) => void) => done(true) })],
];

describe.each(PLACES)('An option that answers with a promise, %s,', (name) => {
  const place = usePlace(name);
  const { memory } = place;
  const { one } = defineRegions('late', {
    one: region<[id: string], string>({ memory, ttl: '1h', tags: ['kept'] }),
  });

  /** A shelf whose method has one decorator, with two entries in its region. */
  async function start(decorator: unknown, run?: (cache: CacheService) => Promise<string>) {
    @Injectable()
    class Shelf {
      runs = 0;

      constructor(readonly cache: CacheService) {}

      async find(_id: string): Promise<string> {
        this.runs += 1;
        return run === undefined ? `run ${this.runs}` : run(this.cache);
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Shelf.prototype, 'find') as PropertyDescriptor;
    (decorator as Decorator)(Shelf.prototype, 'find', descriptor);
    Object.defineProperty(Shelf.prototype, 'find', descriptor);
    const { log, get } = await place.boot({ providers: [Shelf] });
    const shelf = get(Shelf);
    await shelf.cache.setMany(one, [
      [['oak'], 'kept'],
      [['elm'], 'kept too'],
    ]);
    const kept = () => shelf.cache.getMany(one, [['oak'], ['elm']]);
    return { shelf, kept, log };
  }

  describe.each(LATE)('and %s,', (_, late) => {
    const fn = late as never;

    it.each([
      ['key', PROMISE],
      ['tags', PROMISE],
      ['condition', PROMISE],
      ['unless', PROMISE],
      ['resultTags', PROMISE],
    ])('leaves a @Cacheable without the cache, said once: %s', async (option, words) => {
      const { shelf, kept, log } = await start(Cacheable({ region: one, [option]: fn }));
      for (const n of [1, 2, 3]) await expect(shelf.find('ash')).resolves.toBe(`run ${n}`);
      expect(log.warnings).toEqual([`${option} of Shelf.find ${words}; the call went on without it`]);
      expect(await kept()).toEqual(['kept', 'kept too']);
    });

    it('leaves the ttl of the region', async () => {
      const { shelf, log } = await start(Cacheable({ region: one, ttl: fn }));
      await shelf.find('ash');
      await expect(shelf.find('ash')).resolves.toBe('run 1');
      expect(log.about(`ttl of Shelf.find ${PROMISE}`)).toHaveLength(1);
    });

    it('is noticed with providers as well', async () => {
      const { shelf, log } = await start(
        Cacheable({ region: one, key: { inject: [CacheService], useFactory: fn } }),
      );
      for (const n of [1, 2]) await expect(shelf.find('ash')).resolves.toBe(`run ${n}`);
      expect(log.about(`key of Shelf.find ${PROMISE}`)).toHaveLength(1);
    });

    it.each([
      ['an evict, which clears its region', CacheEvict({ region: one, key: fn }), [undefined, undefined]],
      ['a strict one', CacheEvict({ region: one, key: fn, strict: true }), [undefined, undefined]],
      ['a put', CachePut({ region: one, key: fn }), [undefined, undefined]],
      ['the condition of an evict', CacheEvict({ region: one, condition: fn }), [undefined, 'kept too']],
      ['the condition of tags', CacheInvalidate({ tags: ['kept'], condition: fn }), [undefined, undefined]],
      ['the tags of a put', CachePut({ region: one, tags: fn }), [undefined, 'kept too']],
      ['the unless of a put', CachePut({ region: one, unless: fn }), [undefined, 'kept too']],
    ] as const)('leaves nothing stale behind a write: %s', async (_name, decorator, left) => {
      const { shelf, kept, log } = await start(decorator);
      await expect(shelf.find('oak')).resolves.toBe('run 1');
      expect(await kept()).toEqual(left);
      expect(log.about(PROMISE)).toHaveLength(1);
    });

    it('does not say that a unit was rolled back: what it evicted is evicted', async () => {
      const unit = async (cache: CacheService) => {
        await cache.evict(one, [['oak']]);
        throw new Error('lost');
      };
      const { shelf, kept, log } = await start(CacheTransactional({ rolledBack: fn }), unit);
      await expect(shelf.find('oak')).rejects.toThrow('lost');
      expect(log.about(`rolledBack of Shelf.find ${PROMISE}`)).toHaveLength(1);
      expect(await kept()).toEqual([undefined, 'kept too']);
    });
  });

  it.each([
    ['condition', undefined],
    ['condition', 'yes'],
    ['unless', 1],
    ['unless', null],
  ])('or with neither yes nor no keeps nothing, and is said: %s, %p', async (option, answer) => {
    const { shelf, log } = await start(Cacheable({ region: one, [option]: (() => answer) as never }));
    for (const n of [1, 2]) await expect(shelf.find('ash')).resolves.toBe(`run ${n}`);
    expect(log.warnings).toEqual([`${option} of Shelf.find ${NO_ANSWER}; the call went on without it`]);
  });
});
