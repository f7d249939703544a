import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { CacheConfig, CachePut, Cacheable, defineRegions, region } from 'nuthatch';
import { usePlace } from '../support/app.js';
import type { Place } from '../support/app.js';

const MINUTE = 60_000;
const lifetimes = defineRegions('lifetime', {
  region: region<[kind: string], string | null>({ ttl: '7m', nullTtl: '2m' }),
  plain: region<[kind: string], string | null>(),
});

@Injectable()
@CacheConfig({ ttl: '11m', nullTtl: '3m' })
class Configured {
  loads = 0;

  @Cacheable({ region: 'lifetime.config' })
  byClass(kind: string): Promise<string | null> {
    return this.load(kind);
  }

  @Cacheable({ region: 'lifetime.own', ttl: '13m', nullTtl: '4m' })
  byMethod(kind: string): Promise<string | null> {
    return this.load(kind);
  }

  private async load(kind: string): Promise<string | null> {
    this.loads += 1;
    return kind === 'none' ? null : kind;
  }
}

@Injectable()
class Plain {
  loads = 0;

  @Cacheable(lifetimes.region)
  byRegion(kind: string): Promise<string | null> {
    return this.load(kind);
  }

  @Cacheable(lifetimes.plain)
  byDefault(kind: string): Promise<string | null> {
    return this.load(kind);
  }

  @Cacheable<Plain['byFunction']>({
    region: 'lifetime.function',
    ttl: (result) => (result === null ? '90s' : 17 * MINUTE),
  })
  byFunction(kind: string): Promise<string | null> {
    return this.load(kind);
  }

  @CachePut<Plain['put']>({ region: 'lifetime.put', ttl: '19m', nullTtl: '5m' })
  put(kind: string): Promise<string | null> {
    return this.load(kind);
  }

  private async load(kind: string): Promise<string | null> {
    this.loads += 1;
    return kind === 'none' ? null : kind;
  }
}

const providers = [Configured, Plain];

/** Method, region, and how long a value and a null live, in minutes. */
const LIVES = [
  { method: 'byRegion', of: Plain, region: 'lifetime.region', value: 7, none: 2 },
  { method: 'byDefault', of: Plain, region: 'lifetime.plain', value: 5, none: 5 },
  { method: 'byFunction', of: Plain, region: 'lifetime.function', value: 17, none: 1.5 },
  { method: 'put', of: Plain, region: 'lifetime.put', value: 19, none: 5 },
  { method: 'byClass', of: Configured, region: 'lifetime.config', value: 11, none: 3 },
  { method: 'byMethod', of: Configured, region: 'lifetime.own', value: 13, none: 4 },
] as const;

type Call = (kind: string) => Promise<string | null>;

async function caller(place: Place, { of, method }: (typeof LIVES)[number]) {
  const booted = await place.boot({ providers });
  const service: Plain | Configured = booted.get<Plain | Configured>(of);
  const call = (service as unknown as Record<string, Call>)[method] as Call;
  return { service, call: (kind: string) => call.call(service, kind) };
}

describe('The life of an entry in Redis', () => {
  const place = usePlace('memory and Redis');

  async function minutesLeft(regionName: string): Promise<number[]> {
    const keys = await place.keys(`1:v:{${regionName}:*`);
    const times = keys.map(async (key) => Number(await place.server?.command('PTTL', key)) / MINUTE);
    return Promise.all(times);
  }

  it.each(LIVES)('is $value min for a value and $none min for null: $method', async (life) => {
    const { call } = await caller(place, life);
    for (const [kind, minutes] of [
      ['oak', life.value],
      ['none', life.none],
    ] as const) {
      await call(kind);
      const lives = await minutesLeft(life.region);
      const longest = Math.max(...lives);
      expect(kind === 'oak' ? lives : [Math.min(...lives)]).toHaveLength(1);
      const left = kind === 'oak' ? longest : Math.min(...lives);
      expect(left).toBeLessThanOrEqual(minutes);
      expect(left).toBeGreaterThan(minutes - 0.5);
    }
  });
});

describe('The life of an entry in memory', () => {
  const place = usePlace('memory only');
  const cached = LIVES.filter(({ method }) => method !== 'put');

  afterEach(() => {
    jest.useRealTimers();
  });

  /** Only the clocks stand still; timers and the event loop go on. */
  function stopClocks(): void {
    const timers = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval'] as const;
    jest.useFakeTimers({ doNotFake: [...timers, 'clearImmediate', 'nextTick', 'queueMicrotask', 'hrtime'] });
  }

  it.each(cached)('is $value min for a value and $none min for null: $method', async (life) => {
    const { service, call } = await caller(place, life);
    stopClocks();
    for (const [kind, minutes] of [
      ['oak', life.value],
      ['none', life.none],
    ] as const) {
      const before = service.loads;
      await call(kind);
      jest.advanceTimersByTime(minutes * MINUTE - 1);
      await call(kind);
      expect(service.loads - before).toBe(1);
      jest.advanceTimersByTime(1);
      await call(kind);
      expect(service.loads - before).toBe(2);
    }
  });
});
