import type { Channel } from '../contracts/channel.js';
import type { Clock } from '../contracts/clock.js';
import type { Recorder, Reporter } from '../contracts/events.js';
import type { Store } from '../contracts/store.js';
import { Coherence } from '../coherence/coherence.js';
import { Flights } from '../flight/flights.js';
import { Leases } from '../flight/lease.js';
import { withDeadline } from '../resilience/deadline.js';
import type { MemoryBounds } from '../tiers/memory-tier.js';
import { MemoryTier } from '../tiers/memory-tier.js';
import { Fetch } from './fetch.js';
import type { SharedParts } from './fetch.js';
import { Fill } from './fill.js';
import { GetOrLoad } from './get-or-load.js';
import { LoadContext } from './load-context.js';
import { Placing } from './placing.js';
import { Reader } from './reader.js';
import type { RegionDefaults } from './region-registry.js';
import { RegionRegistry } from './region-registry.js';
import { Front } from './front.js';
import type { Landing, RegionRuntime } from './requests.js';
import { Writes } from './writes.js';

/** How long a close waits for the server to take leases back; they run out by themselves. */
const RELEASE_MS = 500;

/** Everything an engine can be told. Durations in milliseconds. */
export interface EngineOptions {
  readonly regions: RegionDefaults;
  readonly memory: MemoryBounds;
  readonly beatEveryMs: number;
  readonly maxStalenessMs: number;
  readonly maxTags: number;
  readonly outageTtlMs: number;
  readonly redisBudgetMs: number;
  readonly leaseMs: number;
  readonly waitMs: number;
  readonly maxWriteMs: number;
}

/** The ports an engine works through; without a store it keeps values in the memory of this process only. */
export interface EnginePorts {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly reporter: Reporter;
  readonly shared?: { readonly store: Store; readonly channel: Channel };
}

/** The cache of one application: its regions, its tiers, the plan of a read, and what undoes entries. */
export class Engine {
  readonly regions: RegionRegistry;
  readonly memory: MemoryTier;
  readonly coherence: Coherence;
  readonly flights = new Flights<Landing>();
  /** Loads whose results will be stored; what they read from the cache must be as new as the database. */
  readonly loads = new LoadContext();
  readonly reads: GetOrLoad;
  readonly writes: Writes;
  readonly fetch: Fetch;
  readonly shared: SharedParts | undefined;

  constructor(
    readonly ports: EnginePorts,
    options: EngineOptions,
  ) {
    const { clock, recorder, reporter } = ports;
    const { redisBudgetMs, maxWriteMs } = options;
    this.regions = new RegionRegistry(options.regions, recorder, reporter);
    this.memory = new MemoryTier(options.memory);
    this.coherence = this.#coherence(options);
    const { coherence, memory, flights } = this;
    const store = ports.shared?.store;
    const placing = new Placing(memory, coherence, clock, options);
    this.shared = store && sharedParts(store, { coherence, clock, placing, options });
    this.fetch = new Fetch({
      shared: this.shared,
      coherence,
      placing,
      clock,
      redisBudgetMs,
      loads: this.loads,
    });
    this.reads = new GetOrLoad({ memory, coherence, flights, fetch: this.fetch, clock, loads: this.loads });
    this.writes = new Writes({ store, coherence, memory, clock, recorder, redisBudgetMs, maxWriteMs });
  }

  /** A way into memory for one method whose only argument makes the key. */
  front(region: RegionRuntime): Front {
    return new Front(region, this.reads, this.memory);
  }

  open(): void {
    this.coherence.open();
  }

  /** Waits for loads in the air (at most `graceMs`), gives leases back, stops the channel. */
  async close(graceMs: number): Promise<void> {
    let timer: { cancel(): void } | undefined;
    const grace = new Promise<void>((resolve) => (timer = this.ports.clock.after(graceMs, resolve)));
    await Promise.race([this.flights.settled(), grace]);
    timer?.cancel();
    const released = this.shared?.leases.releaseAll() ?? Promise.resolve();
    await withDeadline(this.ports.clock, RELEASE_MS, released).catch(() => undefined);
    await this.coherence.close();
  }

  #coherence(options: EngineOptions): Coherence {
    const { clock, recorder, shared } = this.ports;
    const forgets = {
      forgetKey: (key: string) => {
        this.memory.remove(key);
        this.flights.forget(key);
      },
      forgetAll: () => {
        this.memory.clear();
        this.flights.forgetAll();
      },
    };
    const events = { onGap: (reason: string) => recorder.record({ type: 'channel-gap', reason }) };
    return new Coherence({ clock, channel: shared?.channel, forgets, events }, options);
  }
}

function sharedParts(
  store: Store,
  parts: { coherence: Coherence; clock: Clock; placing: Placing; options: EngineOptions },
): SharedParts {
  const { coherence, clock, placing, options } = parts;
  const leases = new Leases(store, clock, options);
  return {
    store,
    reader: new Reader(store, coherence, clock),
    leases,
    fill: new Fill({ store, leases, placing, clock, redisBudgetMs: options.redisBudgetMs }),
  };
}
