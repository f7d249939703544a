import type { Clock, Timer } from '../contracts/clock.js';
import type { Recorder, Reporter } from '../contracts/events.js';
import { Flights } from '../flight/flights.js';
import { withDeadline } from '../resilience/deadline.js';
import type { MemoryBounds } from '../tiers/memory-tier.js';
import { MemoryTier } from '../tiers/memory-tier.js';
import { Batches } from './batches.js';
import { Behind } from './behind.js';
import { BehindLogs } from './behind-logs.js';
import { CallContext } from './call-context.js';
import { Derived } from './derived.js';
import { Front } from './front.js';
import { GetOrLoad } from './get-or-load.js';
import { Invalidations } from './invalidations.js';
import { Lives } from './lives.js';
import type { Backend, PartitionOptions } from './partition.js';
import { Partition, Partitions } from './partition.js';
import { Patterns } from './patterns.js';
import type { RegionDefaults } from './region-registry.js';
import { DEFAULT_PARTITION, RegionRegistry } from './region-registry.js';
import type { BehindOptions } from './region-log.js';
import type { Landing, RegionRuntime } from './requests.js';
import { Structures } from './structures.js';
import type { SweepOptions } from './sweeps.js';
import { Sweeps } from './sweeps.js';
import { Units } from './units.js';
import { Warmings } from './warmings.js';
import { Writes } from './writes.js';

/** How long a close waits for the server to take leases back; they run out by themselves. */
const RELEASE_MS = 500;

/** Everything an engine can be told. Durations in milliseconds. */
export interface EngineOptions extends PartitionOptions {
  readonly regions: RegionDefaults;
  readonly memory: MemoryBounds;
  /** How many loads of a warming may be in the air. */
  readonly warmingConcurrency: number;
  readonly sweeps: SweepOptions;
  readonly behind: BehindOptions;
}

/** The ports an engine works through; without a backend it keeps values in the memory of this process only. */
export interface EnginePorts {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly reporter: Reporter;
  /** The backend of the default partition. */
  readonly shared?: Backend;
  /** The backends of the other partitions by name. */
  readonly partitions?: ReadonlyMap<string, Backend>;
}

/** The cache of one application: its regions, its tiers, the plan of a read, and what undoes entries. */
export class Engine {
  readonly regions: RegionRegistry;
  readonly memory: MemoryTier;
  readonly flights = new Flights<Landing>();
  /** What calls are made inside of: loads whose results will be stored, units of work. */
  readonly context = new CallContext();
  readonly partitions: Partitions;
  readonly reads: GetOrLoad;
  readonly batches: Batches;
  readonly invalidations: Invalidations;
  readonly writes: Writes;
  readonly behind: Behind;
  readonly units: Units;
  readonly lives: Lives;
  readonly structures: Structures;
  readonly derived: Derived;
  readonly warmings: Warmings;
  readonly patterns: Patterns;
  readonly sweeps: Sweeps;

  constructor(
    readonly ports: EnginePorts,
    options: EngineOptions,
  ) {
    const { clock, recorder, reporter } = ports;
    const { flights, context } = this;
    const memory = new MemoryTier(options.memory);
    const common = { clock, recorder, reporter, memory, flights, context };
    const backends = [[DEFAULT_PARTITION, ports.shared] as const, ...(ports.partitions ?? [])];
    const partitions = new Partitions(
      backends.map(([name, backend]) => new Partition(name, backend, common, options)),
    );
    this.memory = memory;
    this.partitions = partitions;
    const { redisBudgetMs } = options;
    const logs = new BehindLogs({ ...options.behind, partitions, clock, reporter, redisBudgetMs });
    this.regions = new RegionRegistry(options.regions, { recorder, reporter, partitions, logs });
    const fetchOf = (region: RegionRuntime) => partitions.of(region).fetch;
    this.reads = new GetOrLoad({ memory, flights, clock, context, fetchOf });
    this.batches = new Batches({ reads: this.reads, flights, clock, context, fetchOf });
    this.invalidations = new Invalidations({ partitions, recorder, context });
    const { maxWriteMs, waitMs } = options;
    this.writes = new Writes({ partitions, memory, clock, context, maxWriteMs });
    this.behind = new Behind({ writes: this.writes, partitions, context });
    this.lives = new Lives({ partitions, memory, clock });
    const { reads, regions, invalidations } = this;
    const defaultTtlMs = options.regions.ttlMs;
    this.structures = new Structures({ regions, recorder, partitions, defaultTtlMs });
    this.derived = new Derived(this.structures, { ...options, partitions, clock, context });
    const warming = { reads, regions, memory, context, clock, reporter, fetchOf, waitMs };
    this.warmings = new Warmings(warming, options.warmingConcurrency);
    this.patterns = new Patterns({ regions, partitions, memory, invalidations, context, reporter });
    this.sweeps = new Sweeps({ partitions, clock, recorder, reporter }, options.sweeps);
    this.units = new Units({ context, invalidations: this.invalidations, writes: this.writes });
  }

  /** A way into memory for one method whose only argument makes the key. */
  front(region: RegionRuntime): Front {
    return new Front(region, this.reads, this.memory);
  }

  /** Whether every server's channel is heard of at this moment (monotonic milliseconds): memory may answer for all. */
  isOpen(now: number): boolean {
    return this.partitions.all.every(({ coherence }) => coherence.isOpen(now));
  }

  open(): void {
    this.sweeps.open();
    for (const { coherence } of this.partitions.all) coherence.open();
  }

  /** Cancels warmings and waits for their loads, at most `graceMs`. */
  async stopWarming(graceMs: number): Promise<void> {
    await this.#atMost(graceMs, this.warmings.stop());
  }

  /** Waits for loads in the air (at most `graceMs`), gives leases back, stops the channels. */
  async close(graceMs: number): Promise<void> {
    this.patterns.close();
    this.sweeps.close();
    const { clock } = this.ports;
    await this.#atMost(graceMs, Promise.all([this.warmings.stop(), this.flights.settled()]));
    const released = Promise.all(this.partitions.all.map(async ({ shared }) => shared?.leases.releaseAll()));
    await withDeadline(clock, RELEASE_MS, released).catch(() => undefined);
    await Promise.all(this.partitions.all.map(({ coherence }) => coherence.close()));
  }

  async #atMost(ms: number, work: Promise<unknown>): Promise<void> {
    let timer: Timer | undefined;
    const grace = new Promise<void>((resolve) => (timer = this.ports.clock.after(ms, resolve)));
    await Promise.race([work, grace]);
    timer?.cancel();
  }
}
