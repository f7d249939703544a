import type { Provider } from '@nestjs/common';
import { APP_INTERCEPTOR, HttpAdapterHost, ModuleRef } from '@nestjs/core';
import { CacheInterceptor } from './advice/cache.interceptor.js';
import { MethodAdvice } from './advice/method-advice.js';
import { makeOutermost } from './advice/outermost.js';
import { withEnvironment } from './cache.environment.js';
import type { CacheModuleOptions, ResolvedOptions } from './cache.options.js';
import { resolveOptions } from './cache.options.js';
import type { Surroundings } from './cache.runtime.js';
import { CacheRuntime } from './cache.runtime.js';
import { CacheService } from './cache/cache-service.js';
import type { Backend } from './cache/partition.js';
import { systemClock } from './contracts/clock.js';
import type { Recorder, Reporter } from './contracts/events.js';
import { silentRecorder } from './contracts/events.js';
import type { ServerFigures } from './contracts/maintenance.js';
import type { InjectionToken } from './contracts/operations.js';
import { REGION_CACHES } from './contracts/region-cache.js';
import { CACHE_GATEWAY } from './contracts/operations.js';
import type { AccessOptions } from './monitoring/access.options.js';
import { FaultRecorder } from './monitoring/fault-recorder.js';
import { Figures } from './monitoring/figures.js';
import { CacheHealthIndicator } from './monitoring/health.indicator.js';
import { LogReporter } from './monitoring/log-reporter.js';
import { StatsReport } from './monitoring/stats-report.js';
import { ServerReadings } from './monitoring/server-readings.js';
import type { StatsSource } from './monitoring/stats.js';
import { ACCESS_OPTIONS, FIGURES, STATS_SOURCE } from './monitoring/tokens.js';
import {
  CACHE_REDIS,
  CACHE_REPORTER,
  CACHE_RUNTIME,
  CACHE_SURROUNDINGS,
  RESOLVED_OPTIONS,
  USER_OPTIONS,
  redisToken,
} from './tokens.js';

/** What monitoring shows of a runtime; with several partitions, of all of them together. */
function statsSource({ engine, backends, behind }: CacheRuntime, reporter: LogReporter): StatsSource {
  const { memory } = engine;
  const { clock } = engine.ports;
  return {
    servers: new ServerReadings({ clock, reporter, read: () => figuresOf([...backends.values()]) }),
    redis: () => {
      const states = [...backends.values()].map((backend) => backend.status());
      return {
        configured: states.length > 0,
        connected: states.length > 0 && states.every(({ connected }) => connected),
        breaker: states.some(({ breaker }) => breaker === 'open') ? 'open' : 'closed',
        commandsInFlight: states.reduce((sum, { commandsInFlight }) => sum + commandsInFlight, 0),
        degraded: [...new Set(states.flatMap(({ degraded }) => degraded))],
      };
    },
    channel: () => ({ open: engine.isOpen(engine.ports.clock.now()) }),
    memory: () => ({ items: memory.items, bytes: memory.bytes, ...memory.bounds }),
    warnings: () => reporter.warnings,
    writeBehind: behind,
  };
}

/** What all servers of all partitions say; those that nobody may ask are left out. */
async function figuresOf(backends: readonly Backend[]): Promise<readonly ServerFigures[] | undefined> {
  const figures = await Promise.all(backends.flatMap(({ maintenance }) => maintenance?.figures() ?? []));
  const known = figures.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : known.flat();
}

/** Routes are cached only if our interceptor is sure to be the outermost: everything else could give hidden fields away. */
function outermost(interceptor: CacheInterceptor, modules: ModuleRef, reporter: Reporter): CacheInterceptor {
  if (!makeOutermost(modules, interceptor)) {
    interceptor.disable();
    reporter.once(
      'outermost',
      'this version of Nest gives no hold on the order of interceptors: routes are not cached',
    );
  }
  return interceptor;
}

/** What runs decorated methods. */
export function adviceProvider(Advice: typeof MethodAdvice): Provider {
  return {
    provide: MethodAdvice,
    inject: [CACHE_RUNTIME, CACHE_REPORTER, ModuleRef],
    useFactory: ({ engine }: CacheRuntime, reporter: Reporter, modules: ModuleRef) =>
      new Advice(engine, reporter, (token: InjectionToken) => modules.get(token as never, { strict: false })),
  };
}

/** The one place where adapters are wired into ports. */
export const cacheProviders: Provider[] = [
  {
    provide: RESOLVED_OPTIONS,
    inject: [USER_OPTIONS],
    useFactory: (options: CacheModuleOptions) => resolveOptions(withEnvironment(options, process.env)),
  },
  { provide: CACHE_SURROUNDINGS, useValue: { clock: systemClock } satisfies Surroundings },
  { provide: CACHE_REPORTER, useFactory: () => new LogReporter() },
  {
    provide: FIGURES,
    inject: [RESOLVED_OPTIONS],
    useFactory: ({ monitoring }: ResolvedOptions) =>
      monitoring === undefined ? silentRecorder : new Figures(),
  },
  {
    provide: CACHE_RUNTIME,
    inject: [RESOLVED_OPTIONS, FIGURES, CACHE_REPORTER, CACHE_SURROUNDINGS],
    useFactory: (
      options: ResolvedOptions,
      recorder: Recorder,
      reporter: Reporter,
      surroundings: Surroundings,
    ) =>
      new CacheRuntime(options, {
        ...surroundings,
        recorder: new FaultRecorder(recorder, reporter),
        reporter,
      }),
  },
  {
    provide: CACHE_REDIS,
    inject: [CACHE_RUNTIME],
    useFactory: (runtime: CacheRuntime) => runtime.client(),
  },
  {
    provide: CacheService,
    inject: [CACHE_RUNTIME],
    useFactory: ({ engine }: CacheRuntime) => new CacheService(engine),
  },
  { provide: REGION_CACHES, useExisting: CacheService },
  adviceProvider(MethodAdvice),
  { provide: CACHE_GATEWAY, useExisting: MethodAdvice },
  {
    provide: CacheInterceptor,
    inject: [CACHE_RUNTIME, MethodAdvice, HttpAdapterHost, RESOLVED_OPTIONS],
    useFactory: (
      { engine }: CacheRuntime,
      advice: MethodAdvice,
      host: HttpAdapterHost,
      { http }: ResolvedOptions,
    ) => new CacheInterceptor(engine, advice, host, http),
  },
  {
    provide: APP_INTERCEPTOR,
    inject: [CacheInterceptor, ModuleRef, CACHE_REPORTER],
    useFactory: outermost,
  },
  {
    provide: ACCESS_OPTIONS,
    inject: [RESOLVED_OPTIONS],
    useFactory: ({ monitoring }: ResolvedOptions): AccessOptions => monitoring ?? false,
  },
  { provide: STATS_SOURCE, inject: [CACHE_RUNTIME, CACHE_REPORTER], useFactory: statsSource },
  StatsReport,
  CacheHealthIndicator,
];

export const cacheExports = [CacheService, REGION_CACHES, CACHE_GATEWAY, CACHE_REDIS, CacheHealthIndicator];

/** The clients of the partitions that were asked for by name. @throws CacheError `INVALID_OPTION` at boot for one that is not configured. */
export function partitionClients(names: readonly string[]): Provider[] {
  return names.map((name) => ({
    provide: redisToken(name),
    inject: [CACHE_RUNTIME],
    useFactory: (runtime: CacheRuntime) => runtime.client(name),
  }));
}
