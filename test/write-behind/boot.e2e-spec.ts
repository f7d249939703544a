import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { CachePut, WriteBehind, WriteBehindHandler, defineRegions, region } from 'nuthatch';
import type { WriteBehindOptions } from 'nuthatch';
import { boot, closeAll } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';
import { Database, players } from './players.js';

/** Boots against a server, which ends with it; gives the error of a boot that stopped. */
async function bootOn(args: readonly string[], writeBehind: WriteBehindOptions): Promise<unknown> {
  const server = await RedisServer.start({ args });
  try {
    const { Players, PositionWriter } = players(new Database());
    const cache = { redis: { url: server.url }, redisBudget: '5s', writeBehind } as const;
    // a boot does not wait for Redis for long: on a busy machine it may have gone on before it could look
    for (let attempt = 1; attempt <= 5; attempt++) {
      const error: unknown = await boot({ cache, providers: [Players, PositionWriter] }).then(
        () => undefined,
        (failure: unknown) => failure,
      );
      if (error !== undefined) return error;
      await closeAll();
    }
    return undefined;
  } finally {
    await closeAll();
    await server.stop();
  }
}

const { one, plain } = defineRegions('boot-of-write-behind', {
  one: region<[id: string], string>({ writeBehind: { durability: 'none' } }),
  plain: region<[id: string], string>({}),
});

@Injectable()
@WriteBehindHandler(one)
class First {
  async write(): Promise<void> {}
}

@Injectable()
@WriteBehindHandler(one)
class Second {
  async write(): Promise<void> {}
}

@Injectable()
@WriteBehindHandler(plain)
class OfPlain {
  async write(): Promise<void> {}
}

@Injectable()
@WriteBehindHandler(one, { batch: 0 })
class WrongBatch {
  async write(): Promise<void> {}
}

@Injectable()
@WriteBehindHandler(one, { atOnce: 5 } as never)
class Misspelt {
  async write(): Promise<void> {}
}

@Injectable()
class Puts {
  @CachePut(one)
  async put(id: string): Promise<string> {
    return id;
  }
}

@Injectable()
class Behind {
  @WriteBehind(plain)
  async put(id: string): Promise<string> {
    return id;
  }
}

describe('the boot of an application with write-behind', () => {
  afterEach(closeAll);

  it.each([
    [['--maxmemory-policy', 'allkeys-lru'], {}, /allkeys-lru.*acknowledgeEviction/s],
    [[], { durability: 'fsync' }, /'fsync'.*appendfsync always/s],
  ] as const)(
    'stops where Redis does not keep what is acknowledged: %p %p',
    async (args, options, message) => {
      expect(String(await bootOn(args, options))).toMatch(message);
    },
  );

  it.each([
    [['--maxmemory-policy', 'allkeys-lru'], { acknowledgeEviction: true }],
    [['--maxmemory-policy', 'volatile-lru'], {}],
    [['--appendonly', 'yes', '--appendfsync', 'always'], { durability: 'fsync' }],
  ] as const)('goes on where it does, or where that is known: %p %p', async (args, options) => {
    expect(await bootOn(args, options)).toBeUndefined();
  });

  it('stops where a region needs Redis and there is none', async () => {
    const { Players } = players(new Database());
    await expect(boot({ providers: [Players] })).rejects.toThrow(/durability 'memory'.*needs Redis/s);
  });

  it.each([
    [[First, Second], /First and Second are both @WriteBehindHandler of 'boot-of-write-behind.one'/],
    [[OfPlain], /OfPlain.*'boot-of-write-behind.plain'.*no writeBehind/],
    [[WrongBatch], /batch.*WrongBatch.*1 to 10000/],
    [[Misspelt], /Misspelt.*'atOnce'/],
    [[Puts], /@CachePut on Puts.put/],
    [[Behind], /@WriteBehind on Behind.put/],
  ])('stops for what contradicts itself: %p', async (providers, message) => {
    await expect(boot({ providers: [...providers] })).rejects.toThrow(message);
  });

  it.each([
    [{ partitions: 65 }, /writeBehind.partitions/],
    [{ durability: 'disk' }, /writeBehind.durability/],
    [{ whenFull: 'wait' }, /writeBehind.whenFull/],
    [{ lease: 5 }, /writeBehind.lease/],
    [{ work: 'no' }, /writeBehind.work/],
    [{ drainn: 5 }, /writeBehind.drainn is no option/],
    [true, /writeBehind got true/],
  ])('stops for wrong options of the module: %p', async (writeBehind, message) => {
    await expect(boot({ cache: { writeBehind: writeBehind as never } })).rejects.toThrow(message);
  });

  it('works in one process, without Redis, where that is asked for by name', async () => {
    const db = new Database();
    const { Players, PositionWriter } = players(db, { writeBehind: { durability: 'none' } });
    const { app, get } = await boot({ providers: [Players, PositionWriter] });
    await get(Players).move('a', 3);
    await expect(get(Players).find('a')).resolves.toEqual({ x: 3 });
    await app.close();
    expect(db.rows.get('a')?.value).toEqual({ x: 3 });
  });
});
