import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cacheable, CacheService, cacheContext, defineRegions, region } from 'nuthatch';
import { PLACES, boot, until, usePlace } from '../support/app.js';

const DOWN = new Error('the database is down');

describe.each(PLACES)('A decorated method that is slow or fails, %s,', (name) => {
  const place = usePlace(name);
  const { memory } = place;
  const loads = defineRegions('loads', {
    safe: region<[id: string], string>({ memory, failSafe: true, tags: ['birds'] }),
    plain: region<[id: string], string>({ memory }),
  });

  @Injectable()
  class Birds {
    error: Error | undefined;
    gate = Promise.resolve();
    loads = 0;
    signal: AbortSignal | undefined;
    readonly stale: (string | undefined)[] = [];

    @Cacheable(loads.safe)
    async safe(id: string): Promise<string> {
      return this.load(id);
    }

    @Cacheable({ region: 'loads.own', failSafe: { maxDuration: '1h' }, softTimeout: 0 })
    async own(id: string): Promise<string> {
      await this.gate;
      return this.load(id);
    }

    @Cacheable({ region: loads.plain, hardTimeout: 50 })
    async hangs(_id: string): Promise<string> {
      ({ signal: this.signal } = cacheContext());
      return new Promise<string>(() => undefined);
    }

    @Cacheable({ region: 'loads.conditional', failSafe: true })
    async conditional(id: string): Promise<string> {
      const { stale, notModified, ttl } = cacheContext<string>();
      this.stale.push(stale);
      ttl('1h');
      return stale === undefined ? this.load(id) : notModified();
    }

    private async load(id: string): Promise<string> {
      this.loads += 1;
      if (this.error !== undefined) throw this.error;
      return `${id} ${this.loads}`;
    }
  }

  const start = async () => {
    const booted = await place.boot({ providers: [Birds] });
    return { birds: booted.get(Birds), cache: booted.get(CacheService) };
  };

  it('answers with what was made stale, loads once, and never with what was evicted or invalidated', async () => {
    const { birds, cache } = await start();
    expect(await birds.safe('wren')).toBe('wren 1');
    birds.error = DOWN;
    expect(await cache.expire(loads.safe, [['wren']])).toBe('confirmed');
    for (let i = 0; i < 5; i++) expect(await birds.safe('wren')).toBe('wren 1');
    expect(birds.loads).toBe(2);
    await cache.invalidateTags('birds');
    await expect(birds.safe('wren')).rejects.toBe(DOWN);
    birds.error = undefined;
    expect(await birds.safe('wren')).toBe('wren 4');
    birds.error = DOWN;
    await cache.expire(loads.safe, [['wren']]);
    await cache.evict(loads.safe, [['wren']]);
    await expect(birds.safe('wren')).rejects.toBe(DOWN);
  });

  it('has options of its own: a stale value answers at once, and is replaced meanwhile', async () => {
    const { birds, cache } = await start();
    await birds.own('wren');
    await until(async () => (await cache.get('loads.own', ['wren'])) === 'wren 1', 'it is stored');
    await cache.expire('loads.own', [['wren']]);
    let open: () => void = () => undefined;
    birds.gate = new Promise((resolve) => (open = resolve));
    expect(await birds.own('wren')).toBe('wren 1');
    open();
    await until(async () => (await birds.own('wren')) === 'wren 2', 'it is replaced');
  });

  it('is given up after its hard timeout', async () => {
    const { birds } = await start();
    await expect(birds.hangs('wren')).rejects.toMatchObject({ code: 'LOAD_TIMEOUT' });
    expect(birds.signal?.aborted).toBe(true);
  });

  it('may say that nothing has changed, and how long that holds', async () => {
    const { birds, cache } = await start();
    await birds.conditional('wren');
    await until(async () => (await cache.get('loads.conditional', ['wren'])) === 'wren 1', 'it is stored');
    await cache.expire('loads.conditional', [['wren']]);
    expect(await birds.conditional('wren')).toBe('wren 1');
    expect(birds.stale).toEqual([undefined, 'wren 1']);
    expect(birds.loads).toBe(1);
    const left = await cache.ttl('loads.conditional', ['wren']);
    expect(left).toBeGreaterThan(3_000_000);
  });
});

describe('Options of loads that are wrong stop the boot', () => {
  it.each([
    [{ failSafe: { throttle: 'soon' } }, /throttle in failSafe of Wrong.method must be a duration/],
    [{ softTimeout: 100 }, /softTimeout of Wrong.method needs failSafe/],
    [{ eagerRefresh: 80 }, /eagerRefresh of Wrong.method must be a number above 0 and below 1/],
  ])('on a decorator: %j', async (options, message) => {
    @Injectable()
    class Wrong {
      @Cacheable({ region: 'loads.wrong', ...(options as object) })
      async method(_id: string): Promise<string> {
        return '';
      }
    }
    await expect(boot({ providers: [Wrong], cache: {} })).rejects.toThrow(message);
  });

  it.each([
    [{ failSafe: 'yes' }, /failSafe got "yes": must be true, false or an object/],
    [{ jitter: 2 }, /jitter got 2/],
    [{ hardTimeout: 'soon' }, /hardTimeout got "soon": must be a duration/],
    [{ softTimeout: 1 }, /softTimeout of CacheModule needs failSafe/],
  ])('on the module: %j', async (cache, message) => {
    await expect(Promise.resolve().then(() => boot({ cache: cache as object }))).rejects.toThrow(message);
  });
});
