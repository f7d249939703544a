import type { RegionEvent, RegionRecorder, UnstoredReason } from '../contracts/events.js';
import { Latency } from './latency.js';

/** One hit from memory in so many is timed: reading the clock costs more than the hit's own bookkeeping. */
const SAMPLE_EVERY = 64;
const SAMPLE_MASK = SAMPLE_EVERY - 1;

/** Numbers of outcomes, all exact; hits from memory are counted apart. */
export interface RegionCounts {
  redisHits: number;
  joined: number;
  /** Requests that a value answered which was no longer fresh. */
  stale: number;
  /** Requests that the loader answered. */
  loaded: number;
  /** Loads that brought a value for which nobody waited. */
  refreshed: number;
  /** Loads of warmings that brought a value, and those that failed. */
  warmed: number;
  warmingFailed: number;
  /** Loads that failed, whatever became of the requests. */
  loadsFailed: number;
  /** Requests that failed with their loader. */
  loadErrors: number;
  bypassed: number;
  stored: number;
  storedBytes: number;
  invalidEntries: number;
  evictions: number;
  evictedKeys: number;
  evictionsFailed: number;
  clears: number;
  clearsFailed: number;
  writes: number;
  writesStored: number;
}

/** Values that were not kept, by reason. */
export type UnstoredCounts = Record<UnstoredReason, number>;

export function noCounts(): RegionCounts {
  return {
    redisHits: 0,
    joined: 0,
    stale: 0,
    loaded: 0,
    refreshed: 0,
    warmed: 0,
    warmingFailed: 0,
    loadsFailed: 0,
    loadErrors: 0,
    bypassed: 0,
    stored: 0,
    storedBytes: 0,
    invalidEntries: 0,
    evictions: 0,
    evictedKeys: 0,
    evictionsFailed: 0,
    clears: 0,
    clearsFailed: 0,
    writes: 0,
    writesStored: 0,
  };
}

export function nothingUnstored(): UnstoredCounts {
  return {
    unavailable: 0,
    fenced: 0,
    writing: 0,
    waited: 0,
    unsynced: 0,
    untimely: 0,
    transaction: 0,
    declined: 0,
    refused: 0,
  };
}

/** Outcomes that tell of calls and loads, not of what is kept. */
type OfLoads = 'bypassed' | 'refreshed' | 'load-failed' | 'warmed' | 'warming-failed';

/** The figures of one region, since the start of this instance. */
export class RegionFigures implements RegionRecorder {
  memoryHits = 0;
  readonly counts = noCounts();
  readonly unstored = nothingUnstored();
  /** The sampled hits from memory. */
  readonly memory = new Latency();
  readonly redis = new Latency();
  /** The loader's own time, where it answered. */
  readonly loader = new Latency();
  /** From request to answer, of every request that memory did not answer. */
  readonly beyondMemory = new Latency();

  /** The hot path. The first hit is one of the sampled, so that a quiet region has a figure too. */
  memoryHit(): boolean {
    return (this.memoryHits++ & SAMPLE_MASK) === 0;
  }

  memoryLatency(ms: number): void {
    this.memory.record(ms);
  }

  record(event: RegionEvent): void {
    switch (event.type) {
      case 'redis-hit':
        this.redis.record(event.ms);
        return this.#answered('redisHits', event.ms);
      case 'joined':
        return this.#answered('joined', event.ms);
      case 'loaded':
        this.loader.record(event.loadMs);
        return this.#answered('loaded', event.ms);
      case 'stale':
        return this.#answered('stale', event.ms);
      case 'load-error':
        return this.#answered('loadErrors', event.ms);
      default:
        this.#happened(event);
    }
  }

  #answered(outcome: 'redisHits' | 'joined' | 'stale' | 'loaded' | 'loadErrors', ms: number): void {
    this.counts[outcome]++;
    this.beyondMemory.record(ms);
  }

  #happened(event: Exclude<RegionEvent, { readonly ms: number }>): void {
    const { counts } = this;
    switch (event.type) {
      case 'bypassed':
        counts.bypassed++;
        return;
      case 'refreshed':
        this.loader.record(event.loadMs);
        counts.refreshed++;
        return;
      case 'load-failed':
        counts.loadsFailed++;
        return;
      case 'warmed':
        this.loader.record(event.loadMs);
        counts.warmed++;
        return;
      case 'warming-failed':
        counts.warmingFailed++;
        return;
      default:
        this.#kept(event);
    }
  }

  #kept(event: Exclude<RegionEvent, { readonly ms: number } | { readonly type: OfLoads }>): void {
    const { counts } = this;
    switch (event.type) {
      case 'stored':
        counts.stored++;
        counts.storedBytes += event.bytes;
        return;
      case 'unstored':
        this.unstored[event.why]++;
        return;
      case 'invalid-entry':
        counts.invalidEntries++;
        return;
      case 'evicted':
        counts.evictions++;
        counts.evictedKeys += event.keys;
        if (!event.confirmed) counts.evictionsFailed++;
        return;
      case 'cleared':
        counts.clears++;
        if (!event.confirmed) counts.clearsFailed++;
        return;
      case 'written':
        counts.writes++;
        if (event.stored) counts.writesStored++;
    }
  }
}
