import type { Recorder, RegionEvent, RegionRecorder, SystemEvent } from '../../contracts/events.js';

type EventOf<E, T> = Extract<E, { readonly type: T }>;

/** Outcomes of loaders that ran. */
const LOADS = ['loaded', 'refreshed', 'load-failed', 'warmed', 'warming-failed'] as const;

/** What happened in one region, in order: what a test asserts about. */
export class RegionEvents implements RegionRecorder {
  readonly all: RegionEvent[] = [];
  memoryHits = 0;

  /** Requests that no loader answered for them alone: memory, Redis, a stale value, or a load another caller had begun. */
  get hits(): number {
    return this.memoryHits + this.count('redis-hit') + this.count('joined') + this.count('stale');
  }

  /** How often the loader, or the decorated method, ran for the cache: also when it failed, and when nobody waited for it. */
  get loads(): number {
    return LOADS.reduce((sum, type) => sum + this.count(type), 0);
  }

  /** How many keys were evicted. */
  get evictions(): number {
    return this.of('evicted').reduce((sum, { keys }) => sum + keys, 0);
  }

  count(type: RegionEvent['type']): number {
    return this.of(type).length;
  }

  /** Everything of one type. */
  of<T extends RegionEvent['type']>(type: T): EventOf<RegionEvent, T>[] {
    return this.all.filter((event): event is EventOf<RegionEvent, T> => event.type === type);
  }

  /** Forgets what happened so far. */
  clear(): void {
    this.all.length = 0;
    this.memoryHits = 0;
  }

  memoryHit(): boolean {
    this.memoryHits++;
    return false;
  }

  memoryLatency(_ms: number): void {}

  record(event: RegionEvent): void {
    this.all.push(event);
  }
}

/**
 * A recorder that keeps everything, by region and for the whole, so that a test can say how often something was loaded.
 *
 * @example
 * ```ts
 * expect(events.of('community.metadata').loads).toBe(1);
 * ```
 */
export class RecordedEvents implements Recorder {
  readonly system: SystemEvent[] = [];
  readonly #regions = new Map<string, RegionEvents>();

  /** What happened in a region, given by its object or its name; the responses of its routes are in `http:` and the name. */
  of(region: string | { readonly name: string }): RegionEvents {
    const name = typeof region === 'string' ? region : region.name;
    const known = this.#regions.get(name);
    if (known !== undefined) return known;
    const made = new RegionEvents();
    this.#regions.set(name, made);
    return made;
  }

  region(name: string): RegionEvents {
    return this.of(name);
  }

  record(event: SystemEvent): void {
    this.system.push(event);
  }

  /** Forgets what happened so far, in all regions. */
  clear(): void {
    this.system.length = 0;
    for (const region of this.#regions.values()) region.clear();
  }
}
