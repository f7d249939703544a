import type {
  DynamicModule,
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleDestroy,
  OnModuleInit,
} from '@nestjs/common';
import { Inject, Module } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { ConfigurableModuleBuilder } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Explorer } from './advice/explorer.js';
import { MethodAdvice } from './advice/method-advice.js';
import type { CacheModuleOptions, ResolvedOptions } from './cache.options.js';
import { cacheExports, cacheProviders, partitionClients } from './cache.providers.js';
import { behindHandlers } from './cache.handlers.js';
import type { CacheRuntime } from './cache.runtime.js';
import { CacheStatsController } from './monitoring/stats.controller.js';
import { CacheHealthController } from './monitoring/health.controller.js';
import type { BehindHandler } from './contracts/behind-handler.js';
import type { AnyStructure } from './contracts/derived.js';
import { isStructure } from './contracts/derived.js';
import { CacheError } from './contracts/errors.js';
import { REGION_CACHES } from './contracts/region-cache.js';
import type { AnyRegion } from './contracts/region.js';
import { Region } from './contracts/region.js';
import type { Engine } from './cache/engine.js';
import { CacheStrategy } from './strategies/cache-strategy.js';
import type { StrategyEntry } from './strategies/strategy-use.js';
import { StrategySettings, strategyProviders } from './strategies/strategy-use.js';
import { UncachedRegions } from './strategies/uncached-regions.js';
import { CACHE_RUNTIME, RESOLVED_OPTIONS, USER_OPTIONS, redisToken, wantedPartitions } from './tokens.js';

/** What must be known before the options are: providers and routes are fixed when the module is declared. */
interface Extras {
  /** Strategies to provide; their regions are registered. */
  strategies?: readonly StrategyEntry[];
  /** Whether `GET /health` is served. */
  health?: boolean;
}

const builder = new ConfigurableModuleBuilder<CacheModuleOptions>({ optionsInjectionToken: USER_OPTIONS })
  .setClassMethodName('forRoot')
  .setExtras<Extras>({ strategies: [], health: false }, (definition, extras) => {
    const { health = false } = extras;
    const { classes, providers } = strategyProviders(extras.strategies ?? [], 'strategies');
    if (typeof health !== 'boolean') throw invalid('health must be true or false');
    return {
      ...definition,
      global: true,
      providers: [...(definition.providers ?? []), ...providers],
      controllers: health ? [CacheStatsController, CacheHealthController] : [CacheStatsController],
      exports: classes,
    };
  })
  .build();

/** Provides the strategies of one feature module; the cache itself comes from `CacheModule.forRoot`. */
@Module({})
export class CacheFeatureModule {}

/** Provides strategies of which nothing is kept. */
@Module({})
export class NoCacheModule {}

/**
 * The cache of an application: global, so that any provider can be decorated or inject `CacheService`.
 * Import it once, anywhere: its interceptor makes itself the outermost.
 *
 * @example
 * ```ts
 * @Module({ imports: [CacheModule.forRoot({ redis: { url: 'redis://localhost' }, prefix: 'app', version: 1 })] })
 * export class AppModule {}
 * ```
 * @throws CacheError `INVALID_OPTION`, `INVALID_DECORATOR`, `DUPLICATE_REGION` at boot.
 */
@Module({
  imports: [DiscoveryModule, TerminusModule.forRoot({ logger: false })],
  providers: cacheProviders,
  exports: cacheExports,
})
export class CacheModule
  extends builder.ConfigurableModuleClass
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  readonly #explorer: Explorer;
  #handlers: readonly BehindHandler[] = [];

  constructor(
    @Inject(CACHE_RUNTIME) private readonly runtime: CacheRuntime,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    advice: MethodAdvice,
    private readonly discovery: DiscoveryService,
  ) {
    super();
    this.#explorer = new Explorer(discovery, advice);
  }

  /** Without options everything comes from the environment. */
  static override forRoot(options: CacheModuleOptions & Extras = {}): DynamicModule {
    const { monitoring } = options;
    const health = options.health ?? (typeof monitoring === 'object' && monitoring.health === true);
    // what is wrong with it is said at boot, with everything else
    const partitions: unknown = options.partitions;
    const names = typeof partitions === 'object' && partitions !== null ? Object.keys(partitions) : [];
    return withClients(super.forRoot({ ...options, health }), names);
  }

  /**
   * The same with options that are made when the application boots. Their partitions are not known before: clients are
   * provided for those that were asked for by then.
   */
  static override forRootAsync(
    options: Parameters<typeof builder.ConfigurableModuleClass.forRootAsync>[0],
  ): DynamicModule {
    return withClients(super.forRootAsync(options), wantedPartitions());
  }

  /** Provides strategies, and registers their regions, in the module that uses them. */
  static forFeature(strategies: readonly StrategyEntry[]): DynamicModule {
    const { classes, providers } = strategyProviders(strategies, 'what forFeature is given');
    return { module: CacheFeatureModule, providers, exports: classes };
  }

  /**
   * In the place of `forRoot`, runs an application without its cache: decorated methods and routes are called as they are, and
   * every read of a strategy loads. There is no `CacheService`, no client and no health.
   */
  static uncached({ strategies = [] }: Pick<Extras, 'strategies'> = {}): DynamicModule {
    const { classes } = strategyProviders(strategies, 'strategies');
    const caches = { provide: REGION_CACHES, useClass: UncachedRegions };
    return {
      module: NoCacheModule,
      global: true,
      providers: [caches, ...classes],
      exports: [REGION_CACHES, ...classes],
    };
  }

  async onModuleInit(): Promise<void> {
    this.#assertHealthRoute();
    const { engine } = this.runtime;
    const { regions } = engine;
    for (const region of this.options.regions) regions.register(region);
    const strategies = this.#provided(CacheStrategy);
    for (const one of strategies.flatMap(regionsOf)) registryOf(one, engine).register(one as never);
    for (const settings of this.#provided(StrategySettings)) applySettings(settings, strategies, engine);
    this.#explorer.explore();
    this.#handlers = behindHandlers(this.discovery, engine);
    await this.runtime.open();
    await this.#assertDurable();
  }

  /** Sources are registered by now: every constructor and every `onModuleInit` has run. */
  async onApplicationBootstrap(): Promise<void> {
    this.runtime.behind.open(this.#handlers);
    await this.runtime.warm();
  }

  /** Before what sources load from and handlers write to is closed. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.runtime.stopWarming(), this.runtime.behind.close()]);
  }

  async onApplicationShutdown(): Promise<void> {
    this.#explorer.release();
    await this.runtime.close();
  }

  /** A boot that stops here must leave no connection behind. */
  async #assertDurable(): Promise<void> {
    try {
      await this.runtime.behind.assertDurable();
    } catch (error) {
      this.#explorer.release();
      await this.runtime.close();
      throw error;
    }
  }

  /** Silently without the route, an orchestrator would ask in vain. */
  #assertHealthRoute(): void {
    const isServed = this.discovery
      .getControllers()
      .some(({ metatype }) => metatype === CacheHealthController);
    if (isServed || this.options.monitoring?.health !== true) return;
    throw invalid(
      'monitoring.health must be said as `health: true` beside useFactory: routes are fixed before it runs',
    );
  }

  #provided<T>(type: abstract new (...args: never[]) => T): T[] {
    return this.discovery
      .getProviders()
      .map(({ instance }) => instance as unknown)
      .filter((instance): instance is T => instance instanceof type);
  }
}

/** A module that also provides the clients of partitions. */
function withClients(module: DynamicModule, partitions: readonly string[]): DynamicModule {
  const { providers = [], exports = [] } = module;
  return {
    ...module,
    providers: [...providers, ...partitionClients(partitions)],
    exports: [...exports, ...partitions.map(redisToken)],
  };
}

/** @throws CacheError `INVALID_OPTION` when a strategy has no regions, or has them too late. */
function regionsOf(strategy: CacheStrategy): readonly (AnyRegion | AnyStructure)[] {
  const regions = Object.values(
    (strategy.regions as CacheStrategy['regions'] | undefined) ?? { none: undefined },
  );
  if (regions.every((one) => one instanceof Region || isStructure(one))) return regions;
  throw invalid(
    `${strategy.constructor.name}.regions must hold regions only, and at boot: a strategy cannot be request-scoped`,
  );
}

/** @throws CacheError `INVALID_OPTION` for a region that the strategy does not have, and for a bad duration. */
function applySettings(
  { strategy, ttl }: StrategySettings,
  strategies: readonly CacheStrategy[],
  engine: Engine,
): void {
  const regions = strategies.find((one) => one instanceof strategy)?.regions ?? {};
  for (const [name, duration] of Object.entries(ttl)) {
    const region = Object.hasOwn(regions, name) ? regions[name] : undefined;
    if (region === undefined) {
      const known = Object.keys(regions).join(', ');
      throw invalid(`ttl of ${strategy.name} names '${name}', but its regions are ${known}`);
    }
    const option = `ttl.${name} of ${strategy.name}`;
    if (duration !== undefined) registryOf(region, engine).settle(region as never, duration, option);
  }
}

/** Who knows what stands in a strategy's table of regions. */
function registryOf(one: AnyRegion | AnyStructure, { regions, structures }: Engine) {
  return isStructure(one) ? structures : regions;
}

function invalid(message: string): CacheError {
  return new CacheError('INVALID_OPTION', `CacheModule: ${message}`);
}
