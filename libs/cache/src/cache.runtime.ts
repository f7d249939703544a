import type { Cluster, Redis } from 'ioredis';
import { Engine } from './cache/engine.js';
import type { Backend } from './cache/partition.js';
import type { ResolvedOptions } from './cache.options.js';
import { CacheBehind } from './cache.behind.js';
import { DEFAULT_PARTITION } from './cache/region-registry.js';
import { maxEntryBytes } from './codec/limits.js';
import type { Clock } from './contracts/clock.js';
import { CacheError } from './contracts/errors.js';
import type { Recorder, Reporter } from './contracts/events.js';
import type { Warming } from './contracts/warming.js';
import { WatchedStore } from './monitoring/watched-store.js';
import type { RedisTarget } from './redis/connection.js';
import type { LinkEvents } from './redis/link-parts.js';
import type { PartitionParts, PartitionStatus } from './redis/redis-partition.js';
import { inWords, kindOf } from './redis/refusals.js';
import { openPartition } from './redis/redis-partition.js';

/** How long a boot waits for Redis to answer: long enough for a server that is there, short for one that is not. */
const BOOT_WAIT_MS = 80;

/** What keeps the entries of one partition, as a runtime opens and closes it. */
export interface RuntimeBackend extends Backend {
  /** For the user's own commands; `undefined` where there is no Redis behind it. */
  readonly client: Redis | Cluster | undefined;
  status(): PartitionStatus;
  open(): void;
  close(): Promise<void>;
}

/** Makes the backend of a partition, not yet opened. */
export type OpenBackend = (target: RedisTarget, parts: PartitionParts) => RuntimeBackend;

/** What an application finds outside itself. Tests put other things in its place. */
export interface Surroundings {
  readonly clock: Clock;
  /** Default: Redis. */
  readonly openBackend?: OpenBackend;
}

/** The ports of one application. */
export interface RuntimePorts extends Surroundings {
  readonly recorder: Recorder;
  readonly reporter: Reporter;
}

/** Everything of one application's cache that must be opened and closed: the engine and its connections. */
export class CacheRuntime {
  readonly engine: Engine;
  readonly behind: CacheBehind;
  /** What keeps entries, by the names of their partitions. */
  readonly backends = new Map<string, RuntimeBackend>();
  readonly #ports: RuntimePorts;
  readonly #options: ResolvedOptions;
  readonly #unheard = new Set<string>();
  #wake: () => void = () => undefined;

  constructor(options: ResolvedOptions, ports: RuntimePorts) {
    this.#ports = ports;
    this.#options = options;
    const targets = Object.entries(options.partitions);
    if (options.redis !== undefined) targets.unshift([DEFAULT_PARTITION, options.redis]);
    for (const [name, target] of targets) this.backends.set(name, this.#backend(name, target));
    const partitions = new Map([...this.backends].map(([name, backend]) => [name, this.#watched(backend)]));
    const shared = partitions.get(DEFAULT_PARTITION);
    partitions.delete(DEFAULT_PARTITION);
    this.engine = new Engine({ ...ports, ...(shared && { shared }), partitions }, options.engine);
    this.behind = new CacheBehind(this.engine, options.writeBehind);
  }

  /** The client of a partition; `undefined` where the default one is kept in memory only. */
  client(partition = DEFAULT_PARTITION): Redis | Cluster | undefined {
    const backend = this.backends.get(partition);
    if (backend !== undefined || partition === DEFAULT_PARTITION) return backend?.client;
    throw new CacheError('INVALID_OPTION', `no partition is named '${partition}'`);
  }

  /** Opens connections and starts beats. Waits a moment for Redis, never for long, and never fails. */
  async open(): Promise<void> {
    const { reporter, clock } = this.#ports;
    if (!this.backends.has(DEFAULT_PARTITION))
      reporter.info('no Redis configured: values are kept in the memory of this process only');
    for (const name of this.backends.keys()) this.#unheard.add(name);
    const heard = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    for (const backend of this.backends.values()) backend.open();
    this.engine.open();
    if (this.#unheard.size === 0) return;
    const timer = clock.after(BOOT_WAIT_MS, this.#wake);
    await heard;
    timer.cancel();
  }

  /** Begins to warm what is to be warm after a boot, and waits for its end where that is wanted. */
  async warm(): Promise<void> {
    const { atBoot, regions } = this.#options.warming;
    if (atBoot === false) return;
    const ended = this.#warmed(this.engine.warmings.begin(regions.length > 0 ? regions : undefined, {}));
    if (atBoot === 'before-ready') await ended;
  }

  async #warmed({ finished }: Warming): Promise<void> {
    const { outcome, done, loaded, fresh, failed, ms } = await finished;
    this.#ports.reporter.info(
      `warming ${outcome}: ${done} keys in ${Math.ceil(ms)} ms, ${loaded} loaded, ${fresh} fresh, ${failed} failed`,
    );
  }

  stopWarming(): Promise<void> {
    return this.engine.stopWarming(this.#options.shutdownGraceMs);
  }

  async close(): Promise<void> {
    await this.engine.close(this.#options.shutdownGraceMs);
    await Promise.all([...this.backends.values()].map((backend) => backend.close()));
  }

  #watched({ store, ...others }: Backend): Backend {
    const { channel, derived, maintenance, log } = others;
    const watched = new WatchedStore(store, this.#ports.reporter);
    const optional = {
      ...(derived && { derived }),
      ...(maintenance && { maintenance }),
      ...(log && { log }),
    };
    return { store: watched, channel, ...optional };
  }

  #backend(name: string, target: RedisTarget): RuntimeBackend {
    const { naming, maxCommandsInFlight: maxInFlight, trustPersistence, engine } = this.#options;
    const { clock, openBackend = openPartition } = this.#ports;
    return openBackend(target, {
      clock,
      naming,
      maxInFlight,
      trustPersistence,
      readTimeoutMs: engine.redisBudgetMs,
      maxEntryBytes: maxEntryBytes(engine.regions.maxValueBytes),
      topologyEveryMs: engine.maxStalenessMs / 2,
      resume: async (server) =>
        (await this.engine.partitions.named(name).delivery?.resume(server)) ?? 'resume',
      events: this.#events(name),
    });
  }

  /** One of the servers has answered, or said why it does not: a boot that waits for it may go on. */
  #hear(name: string): void {
    this.#unheard.delete(name);
    if (this.#unheard.size === 0) this.#wake();
  }

  #events(name: string): LinkEvents {
    const { recorder, reporter } = this.#ports;
    const where = name === DEFAULT_PARTITION ? '' : ` of the partition '${name}'`;
    return {
      onNewEpoch: () => {
        this.engine.partitions.named(name).coherence.forgetAll();
        recorder.record({ type: 'new-epoch' });
      },
      onReady: (degraded) => {
        recorder.record({ type: 'redis-connected' });
        for (const what of degraded) reporter.once(`redis:${name}:${what}`, `Redis${where}: ${what}`);
        this.engine.partitions.named(name).coherence.sendBeats();
        this.engine.sweeps.announce();
        this.#hear(name);
      },
      onLost: () => recorder.record({ type: 'redis-lost' }),
      onBreaker: (state) => recorder.record({ type: 'breaker', state }),
      onFailure: (kind, reason) => {
        recorder.record({ type: 'redis-failure', kind, reason });
        const words = inWords(kind, reason, where);
        reporter.once(`redis:${name}:${kindOf(kind, reason)}`, `${words}; requests are answered without it`);
        if (kind === 'connection') this.#hear(name);
      },
    };
  }
}
