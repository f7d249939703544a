import { setImmediate } from 'node:timers/promises';
import type { DynamicModule, Provider } from '@nestjs/common';
import { Inject } from '@nestjs/common';
import { MethodAdvice } from '../../advice/method-advice.js';
import { CacheModule } from '../../cache.module.js';
import type { CacheModuleOptions, ResolvedOptions } from '../../cache.options.js';
import { resolveOptions } from '../../cache.options.js';
import { adviceProvider } from '../../cache.providers.js';
import type { OpenBackend, Surroundings } from '../../cache.runtime.js';
import { CacheError } from '../../contracts/errors.js';
import type { DecoratedMethod } from '../../contracts/operations.js';
import { FIGURES } from '../../monitoring/tokens.js';
import { CACHE_REPORTER, CACHE_SURROUNDINGS, RESOLVED_OPTIONS, USER_OPTIONS } from '../../tokens.js';
import { FakeClock } from '../fake-clock.js';
import { MemoryWriteLog } from '../memory/memory-write-log.js';
import { MemoryStore } from '../memory/memory-store.js';
import { NoopChannel, NoopStore } from '../noop.js';
import { RecordedEvents } from './recorded-events.js';
import { RecordedReports } from './recorded-reports.js';
import { TestRedis } from './test-redis.js';

/** What the cache of a test stands on. */
export interface TestGround {
  /** The clock of the cache. Default: that of `store`, or a new one. */
  readonly clock?: FakeClock;
  /** The store of another application of the test, which shares its entries. Default: a new one. */
  readonly store?: MemoryStore;
}

/** The options of the cache, of which `redis` and the addresses of `partitions` are not used, and what it stands on. */
export type CacheTestingOptions = NonNullable<Parameters<typeof CacheModule.forRoot>[0]> & TestGround;

/** How long a shutdown waits at the most, in milliseconds of the fake clock. */
const LONGEST_SHUTDOWN_MS = 60_000;

/**
 * `CacheModule` for tests: decorators, strategies and `CacheService` work as in the application, in process memory and on a
 * clock that the test moves. No socket is opened, no timer is left, no route is served, and the environment is not read.
 * `FakeClock`, `RecordedEvents`, `RecordedReports`, `TestRedis` and `MemoryStore` can be asked of the container.
 *
 * @example
 * ```ts
 * const app = await Test.createTestingModule({
 *   imports: [CacheTestingModule.forRoot()],
 *   providers: [CommunityService],
 * }).compile();
 * await app.init();
 * await app.get(FakeClock).advance(600_000);
 * expect(app.get(RecordedEvents).of(community.metadata).loads).toBe(1);
 * ```
 */
export class CacheTestingModule extends CacheModule {
  @Inject(FakeClock) private readonly clock!: FakeClock;

  static override forRoot({ clock, store, ...options }: CacheTestingOptions = {}): DynamicModule {
    return onGround(super.forRoot(options), { clock, store });
  }

  /**
   * The same in the place of an application's own `CacheModule`, with its options and strategies. Nest replaces a module
   * only if it is given the very object that stands among the imports: `cacheModuleIn(AppModule)` finds it.
   *
   * @example
   * ```ts
   * const original = cacheModuleIn(AppModule);
   * Test.createTestingModule({ imports: [AppModule] })
   *   .overrideModule(original)
   *   .useModule(CacheTestingModule.replacing(original));
   * ```
   */
  static replacing(original: DynamicModule, ground: TestGround = {}): DynamicModule {
    return onGround({ ...original, module: CacheTestingModule, controllers: [] }, ground);
  }

  /**
   * A cache that does nothing: decorated methods run as if they were not decorated, and `CacheService` answers as one that
   * is always empty. Without `original` (see `replacing`) it has the default options.
   */
  static disabled(original: DynamicModule = super.forRoot()): DynamicModule {
    const disabled = onGround({ ...original, module: CacheTestingModule }, { http: false });
    return withProviders(disabled, [
      {
        provide: CACHE_SURROUNDINGS,
        inject: [FakeClock],
        useFactory: (clock: FakeClock): Surroundings => ({ clock, openBackend: openNothing }),
      },
      adviceProvider(NoAdvice),
    ]);
  }

  /** Logs are emptied on a clock that nobody else moves any more. */
  override async onModuleDestroy(): Promise<void> {
    await this.#moving(super.onModuleDestroy());
  }

  /** A load that hangs would keep it waiting for ever, for nobody else moves the clock any more. */
  override async onApplicationShutdown(): Promise<void> {
    await this.#moving(super.onApplicationShutdown());
  }

  async #moving(work: Promise<void>): Promise<void> {
    let closed = false;
    const closing = work.finally(() => (closed = true));
    await setImmediate();
    if (!closed) await this.clock.advance(LONGEST_SHUTDOWN_MS);
    await closing;
  }
}

/** Runs decorated methods as if they were not. Wrong options stop the boot all the same. */
class NoAdvice extends MethodAdvice {
  override invoke(method: DecoratedMethod, self: object, args: unknown[]): Promise<unknown> {
    return Reflect.apply(method.original, self, args) as Promise<unknown>;
  }
}

const openNothing: OpenBackend = (_target, { clock, events }) => ({
  store: new NoopStore(),
  channel: new NoopChannel(),
  log: new MemoryWriteLog(clock),
  client: undefined,
  status: () => ({ connected: true, breaker: 'closed', commandsInFlight: 0, degraded: [] }),
  open: () => queueMicrotask(() => events.onReady([])),
  close: () => Promise.resolve(),
});

/** The module with what a test puts in the place of the world, and options in the place of its own. */
function onGround(
  module: DynamicModule,
  { clock, store, ...fixed }: TestGround & CacheModuleOptions,
): DynamicModule {
  return withProviders({ ...module, controllers: [] }, [
    { provide: FakeClock, useFactory: () => clock ?? clockOf(store) },
    {
      provide: MemoryStore,
      inject: [FakeClock],
      useFactory: (own: FakeClock) => store ?? new MemoryStore(own),
    },
    {
      provide: TestRedis,
      inject: [MemoryStore, FakeClock],
      useFactory: (memory: MemoryStore, own: FakeClock) => new TestRedis(memory, own),
    },
    {
      provide: CACHE_SURROUNDINGS,
      inject: [FakeClock, TestRedis],
      useFactory: (own: FakeClock, { openBackend }: TestRedis): Surroundings => ({ clock: own, openBackend }),
    },
    {
      provide: RESOLVED_OPTIONS,
      inject: [USER_OPTIONS],
      useFactory: (options: CacheModuleOptions): ResolvedOptions =>
        resolveOptions({ ...options, ...fixed, redis: {}, monitoring: false }),
    },
    RecordedEvents,
    { provide: FIGURES, useExisting: RecordedEvents },
    RecordedReports,
    { provide: CACHE_REPORTER, useExisting: RecordedReports },
  ]);
}

/** Providers that come later take the place of earlier ones for the same token. */
function withProviders(module: DynamicModule, providers: readonly Provider[]): DynamicModule {
  return {
    ...module,
    providers: [...(module.providers ?? []), ...providers],
    exports: [...(module.exports ?? []), FakeClock, MemoryStore, TestRedis, RecordedEvents, RecordedReports],
  };
}

/** @throws CacheError `INVALID_OPTION` for a store on another clock: entries would live by one and be judged by the other. */
function clockOf(store: MemoryStore | undefined): FakeClock {
  if (store === undefined) return new FakeClock();
  if (store.clock instanceof FakeClock) return store.clock;
  throw new CacheError('INVALID_OPTION', 'CacheTestingModule: store must be a MemoryStore on a FakeClock');
}
