import type { Coherence } from '../coherence/coherence.js';
import type { Mark } from '../coherence/generations.js';
import type { TagMark } from '../coherence/tag-table.js';
import type { Clock } from '../contracts/clock.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import type { Recorder } from '../contracts/events.js';
import type { Store } from '../contracts/store.js';
import { newToken } from '../flight/lease.js';
import { Budget } from '../resilience/budget.js';
import type { Prepared } from '../tiers/entry-format.js';
import type { MemoryTier } from '../tiers/memory-tier.js';
import { MemoryEntry } from '../tiers/memory-tier.js';
import type { Keep, RegionRuntime } from './requests.js';
import { nonceTtlMs } from './tag-life.js';

/** What writes work with. Times in milliseconds. */
export interface WriteParts {
  readonly store: Store | undefined;
  readonly coherence: Coherence;
  readonly memory: MemoryTier;
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly redisBudgetMs: number;
  readonly maxWriteMs: number;
}

/** A write that has begun and must be ended with `commit`. */
export interface PendingWrite {
  readonly region: RegionRuntime;
  readonly key: string;
  readonly tags: readonly string[];
  readonly token: string;
  /** The server's epoch before the write began: a marker that a restart brought back does not speak for a later one. */
  readonly epoch: string;
  /** Generations of the key and its tags after the write began: unchanged at its end means that nobody else wrote or evicted here. */
  readonly mark: Mark;
  readonly tagMarks: readonly TagMark[];
  /** Nonces read before the database write; `undefined` when the store did not answer. */
  readonly nonces: readonly string[] | undefined;
}

/**
 * Evicts, invalidations and two-phase writes.
 * In this process an invalidation always works like this: advance and forget, send, and on the reply advance and forget
 * again: what another caller put into memory between the two may have been read before the server executed the command.
 */
export class Writes {
  constructor(private readonly parts: WriteParts) {}

  /** Removes entries. Never rejects. */
  async evict(region: RegionRuntime, keys: readonly string[]): Promise<InvalidationOutcome> {
    const outcome = await this.#around(keys, (store) => store.evict(keys));
    region.recorder.record({ type: 'evicted', keys: keys.length, confirmed: outcome === 'confirmed' });
    return outcome;
  }

  /** Condemns every entry that carries one of the (canonical) tags. Never rejects. */
  async invalidateTags(tags: readonly string[]): Promise<InvalidationOutcome> {
    const outcome = await this.#invalidate(tags, 0);
    this.parts.recorder.record({
      type: 'tags-invalidated',
      tags: tags.length,
      confirmed: outcome === 'confirmed',
    });
    return outcome;
  }

  /** Condemns every entry of a region. Never rejects. */
  async clear(region: RegionRuntime): Promise<InvalidationOutcome> {
    const outcome = await this.#invalidate([region.tag], region.ttlMs);
    region.recorder.record({ type: 'cleared', confirmed: outcome === 'confirmed' });
    return outcome;
  }

  /** First phase of a write, before the database: nothing read from here on is stored until the write has ended. Never rejects. */
  async begin(write: { region: RegionRuntime; key: string; tags: readonly string[] }): Promise<PendingWrite> {
    const { coherence } = this.parts;
    const token = newToken();
    this.#forget([write.key]);
    const mark = coherence.mark(write.key);
    const tagMarks = write.tags.map((tag) => coherence.tags.mark(tag));
    const epoch = this.parts.store?.epoch() ?? '';
    const nonces = await this.#begin(write, token);
    return { ...write, token, epoch, mark, tagMarks, nonces };
  }

  /** Second phase, after the database: keeps the value if this was the only writer, else leaves the key empty. Never rejects. */
  async commit(write: PendingWrite, value: unknown, keep: Keep): Promise<InvalidationOutcome> {
    const prepared = keep.kind === 'keep' ? this.#prepare(write, value) : undefined;
    const ttlMs = keep.kind === 'keep' ? keep.ttlMs : 0;
    const { store } = this.parts;
    if (store === undefined) return this.#commitAlone(write, prepared, ttlMs);
    let stored = false;
    const outcome = await this.#around([write.key], async () => {
      const bytes = prepared === undefined ? undefined : this.#bytes(store, write, prepared, ttlMs);
      stored = await store.commit(write.key, write.token, bytes === undefined ? null : { bytes, ttlMs });
    });
    write.region.recorder.record({ type: 'written', stored });
    return outcome;
  }

  #forget(keys: readonly string[]): void {
    this.parts.coherence.onKeys(keys);
  }

  async #around(
    keys: readonly string[],
    send: (store: Store) => Promise<void>,
  ): Promise<InvalidationOutcome> {
    this.#forget(keys);
    if (this.parts.store === undefined) return 'confirmed';
    const outcome = await this.#send(send);
    this.#forget(keys);
    return outcome;
  }

  async #invalidate(tags: readonly string[], entryTtlMs: number): Promise<InvalidationOutcome> {
    const { coherence, store } = this.parts;
    coherence.onTags(tags);
    if (store === undefined || tags.length === 0) return 'confirmed';
    const outcome = await this.#send(() => store.invalidateTags(tags, nonceTtlMs(entryTtlMs)));
    coherence.onTags(tags);
    return outcome;
  }

  async #send(send: (store: Store) => Promise<void>): Promise<InvalidationOutcome> {
    const { store } = this.parts;
    if (store === undefined) return 'confirmed';
    if (!store.reachable()) return 'failed';
    const step = await this.#budget().step(() => send(store));
    return step.ok ? 'confirmed' : 'failed';
  }

  async #begin(write: { region: RegionRuntime; key: string; tags: readonly string[] }, token: string) {
    const { store, maxWriteMs } = this.parts;
    if (store === undefined || !store.reachable()) return undefined;
    const step = await this.#budget().step(() =>
      Promise.all([
        store.nonces(write.tags, nonceTtlMs(write.region.ttlMs)),
        store.begin(write.key, token, maxWriteMs),
      ]),
    );
    return step.ok ? step.value[0] : undefined;
  }

  #prepare(write: PendingWrite, value: unknown) {
    const outcome = write.region.format.prepare(value);
    if (outcome.kind === 'prepared') return outcome.prepared;
    write.region.refused(outcome.reason);
    return undefined;
  }

  #bytes(store: Store, write: PendingWrite, prepared: Prepared, ttlMs: number): Buffer | undefined {
    const { nonces, epoch, token: id } = write;
    if (nonces === undefined) return undefined;
    const now = store.serverTime();
    const times = { createdAt: now, softExpiry: now + ttlMs, hardExpiry: now + ttlMs, loadMs: 0 };
    const tags = write.tags.map((tag, i) => ({ tag, nonce: nonces[i] ?? '' }));
    return prepared.toBytes({ id, epoch, ...times, tags });
  }

  /** One process, memory only: the key's generation tells whether anybody else wrote or evicted since the write began. */
  #commitAlone(write: PendingWrite, prepared: Prepared | undefined, ttlMs: number): InvalidationOutcome {
    const { coherence, memory, clock } = this.parts;
    const { tagMarks } = write;
    const untouched = tagMarks.every(({ state, generation }) => state.generation === generation);
    const sole = untouched && coherence.holds(write.key, write.mark);
    this.#forget([write.key]);
    const stored = sole && prepared !== undefined && write.region.memory;
    if (stored) {
      const terms = {
        freshUntil: clock.now() + ttlMs,
        ungated: false,
        cells: tagMarks.map(({ state }) => state),
      };
      const generations = tagMarks.map(({ generation }) => generation);
      memory.put(write.key, new MemoryEntry(prepared.held, prepared.rawBytes, { ...terms, generations }));
    }
    write.region.recorder.record({ type: 'written', stored });
    return 'confirmed';
  }

  #budget(): Budget {
    const { clock, redisBudgetMs, store } = this.parts;
    return new Budget(clock, redisBudgetMs, () => store?.timedOut());
  }
}
