import type { Clock } from '../contracts/clock.js';
import type { ResumedServer } from '../contracts/store.js';

/**
 * What was removed: an entry by key, all entries with a tag, counters or a ranking by key, what a log says of a key. `ttlMs`: how long a tag's new nonce
 * must live.
 */
export interface Invalidation {
  readonly kind: 'key' | 'tag' | 'derived' | 'overtaken';
  readonly name: string;
  readonly ttlMs: number;
  readonly overtaken?: Overtaken;
}

/** A write that reached the database directly: what its log still has of the key is older, and not to be read. */
export interface Overtaken {
  readonly key: string;
  /** Tells the log. */
  send(): Promise<void>;
}

/** An invalidation in the journal: open until its server has executed it. */
export interface Noted extends Invalidation {
  readonly at: number;
  open: boolean;
}

/** What a server that was away may have missed; not `complete` when something that it missed is no longer known. */
export interface Missed {
  readonly invalidations: readonly Noted[];
  readonly complete: boolean;
}

/** Bounds of the journal. */
export interface JournalBounds {
  /** How long an executed invalidation is kept, in milliseconds: a replica that is promoted may lack it. */
  readonly keepMs: number;
  readonly maxEntries: number;
}

/**
 * The invalidations of this process that a server may not have: those it never answered, and the last ones it did, which
 * a promoted replica may lack. They are replayed before reads from the server resume.
 */
export class EvictJournal {
  /** In the order in which they were made. */
  readonly #entries = new Set<Noted>();
  /** The latest of each counters object or ranking: there may be hundreds of changes a second. */
  readonly #derived = new Map<string, Noted>();
  #open = 0;
  /** What nobody executed and had to be dropped: only a new epoch of its server can make up for it. */
  readonly #lost = new Set<string>();
  /** So much was dropped that names are no longer kept: every server lacks something. */
  #lostCount = 0;
  /** Of those, the names that nobody has asked for yet. */
  #dropped: string[] = [];
  /** When the last executed one was dropped before its time, in monotonic milliseconds. */
  #shortenedAt = -Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly bounds: JournalBounds,
  ) {}

  /** Invalidations that no server has executed yet. */
  get open(): number {
    return this.#open;
  }

  /** Whether something that nobody executed is no longer known. */
  get lost(): boolean {
    return this.#lost.size > 0 || this.#lostCount > 0;
  }

  /** Notes invalidations before they are sent. */
  note(invalidations: readonly Invalidation[]): readonly Noted[] {
    const at = this.clock.now();
    const noted = invalidations.map((one) => ({ ...one, at, open: true }));
    for (const one of noted) this.#add(one);
    this.#open += noted.length;
    this.#prune(at);
    return noted;
  }

  /** What was invalidated, executed by nobody, and had to be dropped since this was asked last: its servers must be greeted again. */
  takeDropped(): readonly string[] {
    const dropped = this.#dropped;
    if (dropped.length > 0) this.#dropped = [];
    return dropped;
  }

  /** The server has executed them. */
  executed(noted: readonly Noted[]): void {
    for (const one of noted) this.#settle(one);
  }

  /** The server refused them, and would refuse them again. */
  refused(noted: readonly Noted[]): void {
    for (const one of noted) {
      this.#settle(one);
      this.#delete(one);
    }
  }

  /** What a server that is about to answer again may have missed. */
  missedBy(server: ResumedServer): Missed {
    const now = this.clock.now();
    this.#prune(now);
    const invalidations = [...this.#entries].filter(
      (one) => (one.open || server.promoted) && server.owns(one.name),
    );
    const shortened = server.promoted && now - this.#shortenedAt <= this.bounds.keepMs;
    const lost = this.#lostCount > 0 || [...this.#lost].some((name) => server.owns(name));
    return { invalidations, complete: !lost && !shortened };
  }

  /** A server has a new epoch: what was lost can do no harm there. */
  renewed(server: ResumedServer): void {
    for (const name of this.#lost) if (server.owns(name)) this.#lost.delete(name);
    if (this.#open === 0 && this.#lost.size === 0) this.#lostCount = 0;
  }

  #add(one: Noted): void {
    this.#entries.add(one);
    if (one.kind !== 'derived') return;
    const before = this.#derived.get(one.name);
    // an open one is about what nobody knows to be there; one that was executed is about no more than this
    if (before?.open === false) this.#entries.delete(before);
    this.#derived.set(one.name, one);
  }

  #delete(one: Noted): void {
    this.#entries.delete(one);
    if (this.#derived.get(one.name) === one) this.#derived.delete(one.name);
  }

  #settle(one: Noted): void {
    if (!one.open) return;
    one.open = false;
    this.#open--;
  }

  #prune(now: number): void {
    for (const one of this.#entries) {
      const isOld = !one.open && now - one.at > this.bounds.keepMs;
      if (!isOld && this.#entries.size <= this.bounds.maxEntries) break;
      this.#delete(one);
      if (one.open) {
        this.#settle(one);
        if (this.#lost.size < this.bounds.maxEntries) this.#lost.add(one.name);
        else this.#lostCount++;
        this.#dropped.push(one.name);
      } else if (!isOld) this.#shortenedAt = one.at;
    }
  }
}
