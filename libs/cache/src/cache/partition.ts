import { Coherence } from '../coherence/coherence.js';
import { EvictJournal } from '../coherence/evict-journal.js';
import type { Channel } from '../contracts/channel.js';
import type { Clock } from '../contracts/clock.js';
import type { DerivedStore } from '../contracts/derived-store.js';
import { CacheError } from '../contracts/errors.js';
import type { Recorder, Reporter } from '../contracts/events.js';
import type { Maintenance } from '../contracts/maintenance.js';
import type { Store } from '../contracts/store.js';
import type { WriteLog } from '../contracts/write-log.js';
import { Leases } from '../flight/lease.js';
import type { Flights } from '../flight/flights.js';
import type { Step } from '../resilience/budget.js';
import { Budget } from '../resilience/budget.js';
import { LocalDerivedStore } from '../tiers/local-derived-store.js';
import type { MemoryTier } from '../tiers/memory-tier.js';
import type { CallContext } from './call-context.js';
import { Delivery } from './delivery.js';
import { FailSafe } from './fail-safe.js';
import { Fetch } from './fetch.js';
import { Fill } from './fill.js';
import { Placing } from './placing.js';
import { Reader } from './reader.js';
import type { SharedParts } from './shared-parts.js';
import { Removal } from './removal.js';
import { Sliding } from './sliding.js';
import type { Landing, RegionRuntime } from './requests.js';
import { Writers } from './writers.js';

/**
 * How long an executed invalidation is remembered, for a replica that lacks it and is promoted: as long as a failover may
 * take, of which Sentinel by default spends 30 s before it begins.
 */
const JOURNAL_MS = 120_000;
const JOURNAL_ENTRIES = 50_000;

/** Times and bounds of a partition; milliseconds. */
export interface PartitionOptions {
  readonly beatEveryMs: number;
  readonly maxStalenessMs: number;
  readonly maxTags: number;
  readonly outageTtlMs: number;
  readonly redisBudgetMs: number;
  readonly leaseMs: number;
  readonly waitMs: number;
  readonly maxWriteMs: number;
}

/** What all partitions of an engine share. */
export interface Common {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly reporter: Reporter;
  readonly memory: MemoryTier;
  readonly flights: Flights<Landing>;
  readonly context: CallContext;
}

/** Where the entries of a partition are kept beside memory. */
export interface Backend {
  readonly store: Store;
  readonly channel: Channel;
  /** Where counters and rankings are kept; without it they are counted anew by each read. */
  readonly derived?: DerivedStore;
  /** Where writes are kept until the database has them; without it there is no write-behind here. */
  readonly log?: WriteLog;
  /** Absent: what is kept there is not looked through. */
  readonly maintenance?: Maintenance;
}

/** One namespace of entries, with the servers that keep them: its own coherence, tags and leases. Without a backend there is memory only. */
export class Partition {
  readonly coherence: Coherence;
  readonly failSafe: FailSafe;
  readonly fetch: Fetch;
  readonly shared: SharedParts | undefined;
  readonly delivery: Delivery | undefined;
  readonly writers: Writers;
  readonly derived: DerivedStore | undefined;
  readonly removal: Removal | undefined;
  readonly maintenance: Maintenance | undefined;
  readonly log: WriteLog | undefined;

  constructor(
    readonly name: string,
    backend: Backend | undefined,
    private readonly common: Common,
    private readonly options: PartitionOptions,
  ) {
    this.maintenance = backend?.maintenance;
    this.log = backend?.log;
    const { clock, memory, context } = common;
    const { redisBudgetMs } = options;
    const serverTime = (key: string) => backend?.store.serverTime(key) ?? 0;
    this.failSafe = new FailSafe({ memory, clock, reporter: common.reporter, serverTime });
    this.coherence = this.#coherence(backend?.channel);
    this.writers = new Writers(clock, options.maxWriteMs);
    const { coherence } = this;
    const placing = new Placing(memory, clock, options);
    this.derived = backend === undefined ? new LocalDerivedStore(clock) : backend.derived;
    this.removal = this.derived && new Removal(this.derived);
    if (backend !== undefined) {
      const { store } = backend;
      const leases = new Leases(store, clock, options);
      const fill = new Fill({ store, leases, placing, clock, redisBudgetMs });
      this.shared = { store, reader: new Reader(store, clock), leases, fill };
      const journal = new EvictJournal(clock, { keepMs: JOURNAL_MS, maxEntries: JOURNAL_ENTRIES });
      const { removal } = this;
      this.delivery = new Delivery({ store, removal, journal, clock, redisBudgetMs });
    }
    const sliding = new Sliding({ store: backend?.store, memory, clock });
    const { shared } = this;
    const { writers } = this;
    const { failSafe } = this;
    const { waitMs: overrunMs } = options;
    const times = { clock, redisBudgetMs, overrunMs };
    this.fetch = new Fetch({ shared, coherence, placing, ...times, context, sliding, writers, failSafe });
  }

  get store(): Store | undefined {
    return this.shared?.store;
  }

  /** One step with the store on behalf of a key, with a budget of its own; `undefined` without a store. */
  get step(): (<T>(name: string, work: (store: Store) => Promise<T>) => Promise<Step<T>>) | undefined {
    const { store } = this;
    if (store === undefined) return undefined;
    return (name, work) => {
      const { clock } = this.common;
      const budget = new Budget(clock, this.options.redisBudgetMs, () => store.timedOut(name));
      if (!store.reachable(name)) budget.exhaust();
      return budget.step(() => work(store));
    };
  }

  #coherence(channel: Channel | undefined): Coherence {
    const { clock, recorder, memory, flights } = this.common;
    const forgets = {
      forgetKey: (key: string) => {
        memory.remove(key);
        flights.forget(key);
        this.failSafe.recovered(key);
      },
      staleKey: (key: string) => {
        memory.expire(key);
        flights.forget(key);
        this.failSafe.recovered(key);
      },
      forgetFlights: () => flights.forgetAll(),
      forgetAll: () => {
        memory.clear(this.name);
        flights.forgetAll();
      },
    };
    const events = { onGap: (reason: string) => recorder.record({ type: 'channel-gap', reason }) };
    return new Coherence({ clock, channel, forgets, events }, this.options);
  }
}

/** The partitions of an application by name. */
export class Partitions {
  readonly #byName = new Map<string, Partition>();

  constructor(readonly all: readonly Partition[]) {
    for (const one of all) this.#byName.set(one.name, one);
  }

  /** @throws CacheError `INVALID_OPTION` for a partition that is not configured. */
  assertKnown(name: string, region: string): void {
    if (this.#byName.has(name)) return;
    const known = [...this.#byName.keys()].join(', ');
    throw new CacheError(
      'INVALID_OPTION',
      `the region '${region}' names the partition '${name}', which is not configured; there are: ${known}`,
    );
  }

  of(region: RegionRuntime): Partition {
    return this.named(region.partition);
  }

  named(name: string): Partition {
    const partition = this.#byName.get(name);
    if (partition === undefined) throw new CacheError('INVALID_OPTION', `no partition is named '${name}'`);
    return partition;
  }
}
