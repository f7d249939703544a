import { afterEach, describe, expect, test } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import type { TestingModule, TestingModuleBuilder } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import { Cacheable, CacheModule, CacheService, CacheStrategy, defineRegions, region } from 'nuthatch';
import { CacheTestingModule, FakeClock, RecordedEvents, TestRedis, cacheModuleIn } from 'nuthatch/testing';

const nests = defineRegions('nests', { nest: region<[id: string], number>() });

@Injectable()
class NestStrategy extends CacheStrategy {
  readonly regions = nests;
}

@Injectable()
class Nests {
  loads = 0;

  @Cacheable(nests.nest)
  async find(_id: string): Promise<number> {
    return ++this.loads;
  }
}

@Module({ providers: [Nests], exports: [Nests] })
class NestsModule {}

const UNREACHABLE = { url: 'redis://127.0.0.1:1' };

@Module({
  imports: [
    CacheModule.forRoot({ redis: UNREACHABLE, defaultTtl: '20s', strategies: [NestStrategy] }),
    NestsModule,
  ],
})
class AppModule {}

@Module({ imports: [AppModule] })
class OuterModule {}

@Injectable()
class Config {
  readonly ttl = '20s';
}

@Module({ providers: [Config], exports: [Config] })
class ConfigModule {}

@Module({
  imports: [
    CacheModule.forRootAsync({
      imports: [ConfigModule],
      inject: [Config],
      useFactory: ({ ttl }: Config) => ({ redis: UNREACHABLE, defaultTtl: ttl }),
      strategies: [NestStrategy],
    }),
    NestsModule,
  ],
})
class AsyncAppModule {}

/** A module that makes its imports when it is registered. */
class RegisteredModule {
  static register() {
    return { module: RegisteredModule, imports: [OuterModule] };
  }
}

const running: TestingModule[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
});

async function start(builder: TestingModuleBuilder): Promise<TestingModule> {
  const app = await builder.compile();
  running.push(app);
  return app.init();
}

describe.each([
  { what: 'forRoot', root: AppModule },
  { what: 'forRootAsync', root: AsyncAppModule },
  { what: 'a module of a module', root: OuterModule },
  { what: 'a module that is registered', root: RegisteredModule.register() },
])('the cache of an application, $what', ({ root }) => {
  test('is replaced by one in memory that keeps its options and strategies', async () => {
    const original = cacheModuleIn(root);
    const app = await start(
      Test.createTestingModule({ imports: [root] })
        .overrideModule(original)
        .useModule(CacheTestingModule.replacing(original)),
    );
    const service = app.get(Nests, { strict: false });
    expect([await service.find('a'), await service.find('a')]).toEqual([1, 1]);
    await app.get(FakeClock, { strict: false }).advance(20_000);
    expect(await service.find('a')).toBe(2);
    expect(app.get(NestStrategy, { strict: false }).regions).toBe(nests);
    expect(app.get(RecordedEvents, { strict: false }).of(nests.nest).loads).toBe(2);
    expect(app.get(TestRedis, { strict: false }).connected).toBe(true);
  });

  test('is replaced by one that does nothing', async () => {
    const original = cacheModuleIn(root);
    const app = await start(
      Test.createTestingModule({ imports: [root] })
        .overrideModule(original)
        .useModule(CacheTestingModule.disabled(original)),
    );
    const service = app.get(Nests, { strict: false });
    expect([await service.find('a'), await service.find('a')]).toEqual([1, 2]);
    expect(await app.get(CacheService, { strict: false }).get(nests.nest, ['a'])).toBeUndefined();
  });
});

test('Nest replaces nothing, and says nothing, where it is given the class instead of the object', async () => {
  const app = await start(
    Test.createTestingModule({ imports: [AppModule] })
      .overrideModule(CacheModule)
      .useModule(CacheTestingModule.forRoot()),
  );
  expect(() => app.get(FakeClock, { strict: false })).toThrow('FakeClock');
});

test('a module without a cache is an error, not a test with the real one', () => {
  expect(() => cacheModuleIn(NestsModule)).toThrow('cacheModuleIn: no CacheModule.forRoot');
});
