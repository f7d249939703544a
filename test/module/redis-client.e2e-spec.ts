import { describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { Redis } from 'ioredis';
import { InjectCacheRedis } from 'nuthatch';
import { PLACES, boot, usePlace } from '../support/app.js';

@Injectable()
class Client {
  @InjectCacheRedis()
  readonly byProperty: Redis | undefined;

  constructor(@InjectCacheRedis() readonly redis: Redis | undefined) {}
}

@Module({ providers: [Client] })
class Feature {}

describe.each(PLACES.filter((name) => name !== 'Redis only'))('@InjectCacheRedis, %s', (name) => {
  const place = usePlace(name);

  it('gives the ioredis client of the cache to any module, or undefined where there is none', async () => {
    const { get } = await place.boot({ imports: [Feature] });
    const { redis, byProperty } = get(Client);
    expect(byProperty).toBe(redis);
    expect(redis instanceof Redis).toBe(place.hasRedis);
    expect(await redis?.ping()).toBe(place.hasRedis ? 'PONG' : undefined);
    await redis?.set(`${place.prefix}:own`, 'nut');
    expect(await place.keys('own')).toEqual(place.hasRedis ? [`${place.prefix}:own`] : []);
  });
});

describe('@InjectCacheRedis without CacheModule', () => {
  it('stops the boot as any missing provider does', async () => {
    await expect(boot({ cache: false, imports: [Feature] })).rejects.toThrow(
      /can't resolve dependencies of the Client/,
    );
  });
});
