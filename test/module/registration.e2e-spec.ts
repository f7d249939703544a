import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { CacheModule, CacheService, CacheStrategy, Cacheable, defineRegions, region } from 'nuthatch';
import type { CacheModuleOptions } from 'nuthatch';
import { boot, bootHttp, closeAll, isConnected, usePlace } from '../support/app.js';

afterEach(closeAll);

const birds = defineRegions('birds', {
  one: region<[id: string], string>({ ttl: '7m' }),
  all: region<[], string[]>(),
});

@Injectable()
class BirdStrategy extends CacheStrategy {
  readonly regions = birds;

  constructor(private readonly cache: CacheService) {
    super();
  }

  forget(id: string) {
    return this.cache.evict(birds.one, [[id]]);
  }
}

/** Knows the region by name only; what it is like was said where it was registered. */
const keepBird = (cache: CacheService) => cache.getOrSet('birds.one', ['a'], () => 'nuthatch');

describe('A strategy', () => {
  it.each([
    ['forRoot', CacheModule.forRoot({ strategies: [BirdStrategy] })],
    ['forRootAsync', CacheModule.forRootAsync({ useFactory: () => ({}), strategies: [BirdStrategy] })],
  ])('in %s is a provider everywhere, and its regions are known by name', async (_, module) => {
    @Injectable()
    class User {
      constructor(readonly strategy: BirdStrategy) {}
    }
    @Module({ providers: [User] })
    class Elsewhere {}
    const { get } = await boot({ cache: false, imports: [module, Elsewhere] });
    const cache = get(CacheService);
    await keepBird(cache);
    await expect(get(User).strategy.forget('a')).resolves.toBe('confirmed');
    await expect(cache.get(birds.one, ['a'])).resolves.toBeUndefined();
  });

  it('in forFeature is a provider of that module, and its regions are known by name', async () => {
    @Module({ imports: [CacheModule.forFeature([BirdStrategy])] })
    class Feature {}
    const { get } = await boot({ imports: [Feature] });
    await keepBird(get(CacheService));
    await expect(get(BirdStrategy).forget('a')).resolves.toBe('confirmed');
    await expect(get(CacheService).get('birds.one', ['a'])).resolves.toBeUndefined();
  });

  it('may be used by several features, and beside the root', async () => {
    @Module({ imports: [CacheModule.forFeature([BirdStrategy])] })
    class One {}
    @Module({ imports: [CacheModule.forFeature([BirdStrategy])] })
    class Other {}
    await expect(
      boot({ cache: { strategies: [BirdStrategy] }, imports: [One, Other] }),
    ).resolves.toBeDefined();
  });

  it('whose regions are no regions stops the boot, with its name', async () => {
    class Wrong extends CacheStrategy {
      readonly regions = { one: 'birds.one' } as never;
    }
    class Missing extends CacheStrategy {
      readonly regions = undefined as never;
    }
    for (const strategy of [Wrong, Missing])
      await expect(boot({ cache: { strategies: [strategy] } })).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        message: expect.stringContaining(`${strategy.name}.regions must hold regions only`),
      });
  });
});

describe('Regions', () => {
  it('that belong to no strategy are registered by the option regions', async () => {
    const { get } = await boot({ cache: { regions: [birds.one] } });
    await expect(get(CacheService).get('birds.one', ['a'])).resolves.toBeUndefined();
    await expect(get(CacheService).get('birds.all', [])).rejects.toMatchObject({
      code: 'UNKNOWN_REGION',
      message: expect.stringMatching(/'birds\.all'.*birds\.one/),
    });
  });

  it('with the same name, twice, stop the boot, wherever they are defined', async () => {
    class Twin extends CacheStrategy {
      readonly regions = defineRegions('birds', { one: region<[], string>() });
    }
    class Decorated {
      @Cacheable(defineRegions('birds', { one: region<[], string>() }).one)
      async find(): Promise<string> {
        return 'x';
      }
    }
    const duplicate = {
      code: 'DUPLICATE_REGION',
      message: expect.stringContaining("'birds.one' is defined twice"),
    };
    const strategies = [BirdStrategy];
    await expect(boot({ cache: { strategies: [...strategies, Twin] } })).rejects.toMatchObject(duplicate);
    await expect(boot({ cache: { strategies }, providers: [Decorated] })).rejects.toMatchObject(duplicate);
    await expect(
      boot({ cache: { strategies }, imports: [CacheModule.forFeature([Twin])] }),
    ).rejects.toMatchObject(duplicate);
    await expect(
      boot({ cache: { strategies, regions: Object.values(new Twin().regions) } }),
    ).rejects.toMatchObject(duplicate);
  });

  it('with a bad option stop the boot, naming region and option', async () => {
    const wrong = defineRegions('wrong', { ttl: region<[], string>({ ttl: '5 minutes' as never }) });
    await expect(boot({ cache: { regions: [wrong.ttl] } })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(/^ttl of the region 'wrong\.ttl' must be a duration .* got "5 minutes"/),
    });
  });
});

describe('CacheModule.forRootAsync', () => {
  const place = usePlace('memory and Redis');

  @Injectable()
  class Config {
    url = '';
    prefix = 'from-config';
  }
  const config = {
    provide: Config,
    useFactory: () => Object.assign(new Config(), { url: place.server?.url }),
  };
  @Module({ providers: [config], exports: [Config] })
  class ConfigModule {}
  @Injectable()
  class OptionsFactory {
    constructor(private readonly config: Config) {}

    create(): CacheModuleOptions {
      return { redis: { url: this.config.url }, prefix: 'from-class' };
    }
  }
  const useFactory = async (config: Config): Promise<CacheModuleOptions> => ({
    redis: { url: config.url },
    prefix: config.prefix,
  });

  async function bootWith(module: DynamicModule) {
    return boot({ cache: false, imports: [module] });
  }

  it.each([
    [
      'a factory with what it injects',
      'from-config',
      () => CacheModule.forRootAsync({ imports: [ConfigModule], inject: [Config], useFactory }),
    ],
    [
      'a class that makes options',
      'from-class',
      () => CacheModule.forRootAsync({ imports: [ConfigModule], useClass: OptionsFactory }),
    ],
  ])('takes its options from %s', async (_, prefix, module) => {
    const booted = await bootWith(module());
    await isConnected(booted);
    await keepBird(booted.get(CacheService));
    expect(await place.server?.command('KEYS', `${prefix}:1:v:{birds*`)).toBe(
      `${prefix}:1:v:{birds.one:s1:a}`,
    );
  });

  it.each([
    ['a bad option', { prefix: 'with space' }, /^CacheModule: prefix got "with space"/],
    ['an unknown one', { prefx: 'a' }, /^CacheModule: prefx is no option/],
    [
      'strategies, which come too late',
      { strategies: [BirdStrategy] },
      /^CacheModule: strategies got .* beside useFactory/,
    ],
    [
      'a health route, which comes too late',
      { monitoring: { health: true } },
      /monitoring\.health .* beside useFactory/,
    ],
  ])('stops the boot when the factory returns %s', async (_, options, message) => {
    const module = CacheModule.forRootAsync({ useFactory: () => options as CacheModuleOptions });
    await expect(bootWith(module)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(message),
    });
  });

  it('stops the boot with the error of the factory itself', async () => {
    const module = CacheModule.forRootAsync({
      useFactory: () => Promise.reject(new RangeError('no config')),
    });
    await expect(bootWith(module)).rejects.toThrow(new RangeError('no config'));
  });

  it('serves /health when it is said beside the factory', async () => {
    const module = CacheModule.forRootAsync({
      useFactory: () => ({ monitoring: { health: true } }),
      health: true,
    });
    const { url } = await bootHttp({ cache: false, imports: [module] });
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });
});

describe('The cache', () => {
  it('is global: modules that import nothing inject it, and their classes are cached', async () => {
    @Injectable()
    class Nested {
      loads = 0;
      constructor(readonly cache: CacheService) {}

      @Cacheable({ region: 'nested' })
      async find(id: string): Promise<string> {
        this.loads += 1;
        return id;
      }
    }
    @Module({ providers: [Nested] })
    class Inner {}
    @Module({ imports: [Inner] })
    class Outer {}
    const { get } = await boot({ imports: [Outer] });
    const nested = get(Nested);
    await nested.find('a');
    await nested.find('a');
    expect(nested.loads).toBe(1);
    await expect(nested.cache.get('nested', ['a'])).resolves.toBe('a');
  });
});
