import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import {
  CacheEvict,
  CacheInvalidate,
  CachePut,
  Cacheable,
  CacheService,
  defineRegions,
  region,
} from 'nuthatch';
import { PLACES, usePlace } from '../support/app.js';

const SECRET = 'the password is 1234';
const fail = (): never => {
  throw new RangeError(SECRET);
};

describe.each(PLACES)('A function in an option that throws, %s', (name) => {
  const place = usePlace(name);
  const { memory } = place;
  const { one, badTags } = defineRegions('errors', {
    one: region<[id: string], string>({ memory, ttl: '1h', tags: ['kept'] }),
    badTags: region<[id: string], string>({ memory, tags: fail }),
  });
  const id = (one: string) => [one] as [string];

  @Injectable()
  class Shelf {
    runs = 0;

    constructor(readonly cache: CacheService) {}

    @Cacheable({ region: one, key: fail })
    key(_id: string): Promise<string> {
      return this.run();
    }

    @Cacheable({ region: one, key: (() => 'oak') as never })
    keyNoArray(_id: string): Promise<string> {
      return this.run();
    }

    @Cacheable({ region: one, tags: fail })
    tags(_id: string): Promise<string> {
      return this.run();
    }

    @Cacheable({ region: one, tags: () => [''] })
    emptyTag(_id: string): Promise<string> {
      return this.run();
    }

    @Cacheable(badTags)
    regionTags(_id: string): Promise<string> {
      return this.run();
    }

    @Cacheable({ region: one, condition: fail })
    condition(_id: string): Promise<string> {
      return this.run();
    }

    @Cacheable({ region: one, unless: fail })
    unless(_id: string): Promise<string> {
      return this.run();
    }

    @Cacheable({ region: one, ttl: fail })
    ttl(_id: string): Promise<string> {
      return this.run();
    }

    @Cacheable({ region: one, ttl: (() => 'soon') as never })
    ttlNoDuration(_id: string): Promise<string> {
      return this.run();
    }

    @CachePut({ region: one, key: fail })
    putKey(_id: string): Promise<string> {
      return this.run();
    }

    @CachePut({ region: one, key: id, tags: fail })
    putTags(_id: string): Promise<string> {
      return this.run();
    }

    @CachePut({ region: one, key: id, unless: fail })
    putUnless(_id: string): Promise<string> {
      return this.run();
    }

    @CachePut({ region: one, key: id, condition: fail })
    putCondition(_id: string): Promise<string> {
      return this.run();
    }

    @CachePut({ region: one, key: id, ttl: fail })
    putTtl(_id: string): Promise<string> {
      return this.run();
    }

    @CacheEvict({ region: one, key: fail })
    evictKey(_id: string): Promise<string> {
      return this.run();
    }

    @CacheEvict({ region: one, key: fail, strict: true })
    evictStrictKey(_id: string): Promise<string> {
      return this.run();
    }

    @CacheEvict({ region: one, key: id, condition: fail })
    evictCondition(_id: string): Promise<string> {
      return this.run();
    }

    @CacheEvict({ region: one, key: id, condition: fail, strict: true })
    evictStrictCondition(_id: string): Promise<string> {
      return this.run();
    }

    @CacheInvalidate({ tags: fail })
    invalidateTags(_id: string): Promise<string> {
      return this.run();
    }

    @CacheInvalidate({ tags: ['kept'], condition: fail })
    invalidateCondition(_id: string): Promise<string> {
      return this.run();
    }

    private async run(): Promise<string> {
      this.runs += 1;
      return `run ${this.runs}`;
    }
  }

  async function start() {
    const booted = await place.boot({ providers: [Shelf] });
    const shelf = booted.get(Shelf);
    await shelf.cache.set(one, ['oak'], 'kept');
    await shelf.cache.set(one, ['elm'], 'kept too');
    const kept = () => Promise.all([shelf.cache.get(one, ['oak']), shelf.cache.get(one, ['elm'])]);
    return { shelf, kept, log: booted.log };
  }

  it.each([
    ['key', 'key'],
    ['keyNoArray', 'key'],
    ['tags', 'tags'],
    ['emptyTag', 'tags'],
    ['regionTags', 'tags'],
    ['condition', 'condition'],
    ['unless', 'unless'],
  ] as const)('never breaks a @Cacheable call, which runs without the cache: %s', async (method, option) => {
    const { shelf, kept, log } = await start();
    for (const n of [1, 2, 3]) await expect(shelf[method]('ash')).resolves.toBe(`run ${n}`);
    expect(log.warnings).toEqual([expect.stringMatching(`^${option} of Shelf\\.${method} `)]);
    expect(await kept()).toEqual(['kept', 'kept too']);
  });

  it.each([
    ['ttl', 'ttl'],
    ['ttlNoDuration', 'ttl'],
  ] as const)('leaves the ttl of the region: %s', async (method, option) => {
    const { shelf, log } = await start();
    await shelf[method]('ash');
    await expect(shelf[method]('ash')).resolves.toBe('run 1');
    expect(log.warnings).toEqual([expect.stringMatching(`^${option} of Shelf\\.${method} `)]);
    if (!place.hasRedis) return;
    const [key = ''] = await place.keys('1:v:{errors.one:s3:ash}');
    const left = Number(await place.server?.command('PTTL', key));
    expect(left).toBeGreaterThan(3_500_000);
    expect(left).toBeLessThanOrEqual(3_600_000);
  });

  it.each([
    ['putKey', 'key', [undefined, undefined]],
    ['putTags', 'tags', [undefined, 'kept too']],
    ['putUnless', 'unless', [undefined, 'kept too']],
    ['putCondition', 'condition', [undefined, 'kept too']],
    ['putTtl', 'ttl', ['run 1', 'kept too']],
    ['evictKey', 'key', [undefined, undefined]],
    ['evictStrictKey', 'key', [undefined, undefined]],
    ['evictCondition', 'condition', [undefined, 'kept too']],
    ['evictStrictCondition', 'condition', [undefined, 'kept too']],
    ['invalidateCondition', 'condition', [undefined, undefined]],
  ] as const)('leaves nothing stale behind a write: %s', async (method, option, left) => {
    const { shelf, kept, log } = await start();
    await expect(shelf[method]('oak')).resolves.toBe('run 1');
    expect(await kept()).toEqual(left);
    await expect(shelf[method]('oak')).resolves.toBe('run 2');
    expect(log.warnings).toEqual([expect.stringMatching(`^${option} of Shelf\\.${method} `)]);
  });

  it('is reported where an invalidation cannot say its tags, and the call goes on', async () => {
    const { shelf, log } = await start();
    await expect(shelf.invalidateTags('oak')).resolves.toBe('run 1');
    expect(log.about('tags of Shelf.invalidateTags')).toHaveLength(1);
  });

  it('is never quoted: its message may hold anything', async () => {
    const { shelf, log } = await start();
    const calls = [shelf.key('a'), shelf.tags('b'), shelf.unless('c'), shelf.ttl('d'), shelf.regionTags('e')];
    await Promise.all(calls);
    expect(log.warnings).toHaveLength(5);
    expect(log.lines.join()).not.toContain('1234');
  });
});
