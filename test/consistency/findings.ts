import type { Write } from './history.js';

/** What a cell is and what its readers may rely on. */
export interface CellRules {
  readonly kind: string;
  readonly row: number;
  /** Never stale, not even for as long as a message travels. */
  readonly strict: boolean;
}

/** The kinds of violation. */
export const BREACHES = [
  'staleOwn',
  'staleRedis',
  'staleBeyondBound',
  'future',
  'backwards',
  'divergent',
  'failedReads',
] as const;
export type BreachName = (typeof BREACHES)[number];

/** One violation, with what is needed to find it in the logs. */
export interface Breach {
  readonly kind: string;
  readonly row: number;
  readonly cell: number;
  readonly process: number;
  readonly version: number;
  readonly newer: number;
  readonly start: number;
  readonly ageMs: number;
  /** The writer of the newer version had barred the key. */
  readonly bars?: boolean;
}

/** Figures of one kind. */
export interface KindFigures {
  reads: number;
  writes: number;
  confirmed: number;
  late: number;
  flickers: number;
  breaches: number;
}

/** The result of a run, as it is printed. */
export interface Report extends Record<BreachName, number> {
  readonly reads: number;
  readonly writes: number;
  /** Those of the reads that looked at what Redis holds. */
  readonly audits: number;
  readonly confirmed: number;
  readonly queued: number;
  readonly failed: number;
  readonly unknown: number;
  /** Reads of other processes that began after an acknowledgement and saw what was before it. */
  readonly late: number;
  /** Late reads of processes that had seen the newer version before, from a load that overlapped its write. */
  readonly flickers: number;
  readonly maxAgeMs: number;
  readonly p99AgeMs: number;
  /** How many of the late reads were later than so many milliseconds. */
  readonly ages: Readonly<Record<string, number>>;
  /** Reads that lack only what was lost in a failover. */
  readonly failover: { readonly stale: number; readonly maxAgeMs: number };
  readonly kinds: Readonly<Record<string, KindFigures>>;
  readonly examples: readonly (Breach & { readonly breach: BreachName })[];
}

/** The oldest that another process may read, as the library promises it by default. */
export const MAX_STALENESS_MS = 2_000;
const AGE_CLASSES = [0, 10, 100, 1_000];
const MAX_EXAMPLES = 10;

/** Collects what a verdict finds. */
export class Findings {
  #reads = 0;
  #audits = 0;
  readonly #breaches: Record<BreachName, number>;
  readonly #outcomes = { confirmed: 0, queued: 0, failed: 0, unknown: 0 };
  readonly #kinds: Record<string, KindFigures> = {};
  readonly #ages: number[] = [];
  readonly #examples: (Breach & { breach: BreachName })[] = [];
  readonly #failover = { stale: 0, maxAgeMs: 0 };

  constructor() {
    this.#breaches = Object.fromEntries(BREACHES.map((name) => [name, 0])) as Record<BreachName, number>;
  }

  read({ kind }: CellRules, count: number, auditing: boolean): void {
    this.#reads += count;
    if (auditing) this.#audits += count;
    else this.#kind(kind).reads += count;
  }

  wrote({ kind }: CellRules, writes: readonly Write[]): void {
    const figures = this.#kind(kind);
    figures.writes += writes.length;
    for (const { outcome } of writes) {
      this.#outcomes[outcome]++;
      if (outcome === 'confirmed') figures.confirmed++;
    }
  }

  breach(name: BreachName, found: Breach): void {
    this.#breaches[name]++;
    this.#kind(found.kind).breaches++;
    if (this.#examples.length < MAX_EXAMPLES) this.#examples.push({ breach: name, ...found });
  }

  /** A read of a process that did not make the acknowledgement: late up to the bound, a violation beyond. */
  late(rules: CellRules, found: Breach): void {
    this.#kind(rules.kind).late++;
    this.#ages.push(found.ageMs);
    if (rules.strict || found.ageMs > MAX_STALENESS_MS) this.breach('staleBeyondBound', found);
  }

  /** A late read of a process that had seen the newer version before. */
  flickered({ kind }: CellRules): void {
    this.#kind(kind).flickers++;
  }

  /** A read that lacks only what the server had forgotten in a failover, by this age; none if that is negative. */
  forgotten(ageMs: number): void {
    if (!(ageMs > 0)) return;
    this.#failover.stale++;
    this.#failover.maxAgeMs = Math.max(this.#failover.maxAgeMs, tenths(ageMs));
  }

  report(): Report {
    const ages = this.#ages.sort((a, b) => a - b);
    const writes = Object.values(this.#outcomes).reduce((sum, count) => sum + count, 0);
    const over = AGE_CLASSES.map((ms) => [`over${ms}ms`, ages.filter((age) => age > ms).length]);
    const { staleOwn, staleRedis, staleBeyondBound, ...others } = this.#breaches;
    return {
      reads: this.#reads,
      writes,
      staleOwn,
      staleRedis,
      staleBeyondBound,
      maxAgeMs: tenths(ages.at(-1) ?? 0),
      p99AgeMs: tenths(ages[Math.floor(ages.length * 0.99)] ?? 0),
      ...others,
      audits: this.#audits,
      ...this.#outcomes,
      late: ages.length,
      flickers: Object.values(this.#kinds).reduce((sum, { flickers }) => sum + flickers, 0),
      ages: Object.fromEntries(over) as Record<string, number>,
      failover: this.#failover,
      kinds: this.#kinds,
      examples: this.#examples,
    };
  }

  #kind(name: string): KindFigures {
    return (this.#kinds[name] ??= { reads: 0, writes: 0, confirmed: 0, late: 0, flickers: 0, breaches: 0 });
  }
}

/** Whether a report tells of any violation. */
export function hasBreach(report: Report): boolean {
  return BREACHES.some((name) => report[name] > 0);
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
