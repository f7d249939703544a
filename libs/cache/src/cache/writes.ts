import type { Invalidation } from '../coherence/evict-journal.js';
import type { TagNonce } from '../contracts/entry.js';
import { graceMs } from '../contracts/load-policy.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import type { Store } from '../contracts/store.js';
import { newToken } from '../flight/lease.js';
import type { Prepared } from '../tiers/entry-format.js';
import type { CallContext } from './call-context.js';
import { isRefusal } from './delivery.js';
import { commitInMemory } from './memory-commit.js';
import type { MemoryCommitParts } from './memory-commit.js';
import type { Partition, Partitions } from './partition.js';
import type { PendingWrite } from './pending-write.js';
import type { Keep, RegionRuntime } from './requests.js';
import { jittered } from './keep.js';
import { regionNonceTtlMs } from './tag-life.js';

/** What writes work with. Times in milliseconds. */
export interface WriteParts extends MemoryCommitParts {
  readonly partitions: Partitions;
  readonly context: CallContext;
  readonly maxWriteMs: number;
}

/** What is about to be written, and the tags known of it. */
export interface WriteRequest {
  readonly region: RegionRuntime;
  readonly key: string;
  readonly tags: readonly string[];
  /** Whether the result may name further tags. */
  readonly lateTags: boolean;
}

/** The bytes of an entry, and how long they live. */
interface Stored {
  readonly bytes: Buffer;
  readonly ttlMs: number;
}

const ENDED: Keep = { kind: 'leave', why: 'declined' };

/** Writes in two phases: `begin` before the database, `commit` after it. */
export class Writes {
  constructor(private readonly parts: WriteParts) {}

  /** First phase, before the database: nothing read from here on is stored until the write has ended. Never rejects. */
  async begin(write: WriteRequest): Promise<PendingWrite> {
    const partition = this.parts.partitions.of(write.region);
    const { coherence, store, writers } = partition;
    const token = newToken();
    writers.enter(write.key, token);
    coherence.onKeys([write.key]);
    const mark = coherence.mark(write.key);
    const { moment } = coherence.tags;
    const tagMarks = write.tags.map((tag) => coherence.tags.mark(tag));
    const epoch = store?.epoch(write.key) ?? '';
    const before = await this.#begin(partition, write, token);
    const pending = { ...write, ...before, token, epoch, mark, moment, tagMarks };
    this.parts.context.unit?.begun(pending);
    return pending;
  }

  /**
   * Second phase, after the database: keeps the value if this was the only writer, else leaves the key empty. Inside a unit
   * of work the database is not there yet: the write ends, without a value, when the unit does. Never rejects.
   */
  async commit(write: PendingWrite, value: unknown, wanted: Keep): Promise<InvalidationOutcome> {
    if (this.parts.context.unit !== undefined) return 'queued';
    const keep = jittered(wanted, write.region.policy.jitter);
    const partition = this.parts.partitions.of(write.region);
    const prepared = keep.kind === 'keep' ? prepare(write, value) : undefined;
    if (partition.store === undefined)
      return commitInMemory(this.parts, partition, write, { prepared, keep });
    const ttlMs = keep.kind === 'keep' ? keep.ttlMs + graceMs(write.region.policy) : 0;
    const entry = prepared && (await this.#entry(partition, write, prepared, keep));
    return this.#commit(partition, write, entry === undefined ? null : { bytes: entry, ttlMs });
  }

  /** Ends a write without a value. Never rejects. */
  end(write: PendingWrite): Promise<InvalidationOutcome> {
    return this.commit(write, undefined, ENDED);
  }

  async #begin({ step }: Partition, { key, tags, region, lateTags }: WriteRequest, token: string) {
    const done = await step?.(key, (store) =>
      Promise.all([
        store.nonces(tags, regionNonceTtlMs(region)),
        lateTags ? store.tagClocks() : undefined,
        store.begin(key, token, this.parts.maxWriteMs),
      ]),
    );
    if (done?.ok !== true) return { nonces: undefined, clocks: undefined };
    const [nonces, clocks] = done.value;
    return { nonces, clocks };
  }

  async #commit(
    partition: Partition,
    write: PendingWrite,
    entry: Stored | null,
  ): Promise<InvalidationOutcome> {
    const { coherence, delivery, store, writers } = partition;
    const { region, key, token } = write;
    writers.leave(key, token);
    coherence.onKeys([key]);
    const done = store?.reachable(key) === true ? await this.#reach(partition, write, entry) : undefined;
    // where it is not taken, its key must at least be evicted
    const outcome = done?.outcome ?? (await delivery?.send(evictionOf(key), undefined));
    coherence.onKeys([key]);
    region.recorder.record({ type: 'written', stored: done?.stored === true });
    return outcome ?? 'confirmed';
  }

  /** Ends a write on its server; `undefined` when that refuses it. Until there is an answer an evict is due. */
  async #reach({ step, delivery }: Partition, { key, token }: PendingWrite, entry: Stored | null) {
    const noted = delivery?.note(evictionOf(key));
    const done = await step?.(key, async (store) => {
      const stored = await store.commit(key, token, entry);
      delivery?.executed(noted);
      return stored;
    });
    if (done?.ok === true) return { outcome: 'confirmed', stored: done.value } as const;
    if (!isRefusal(done?.error)) return { outcome: 'queued', stored: false } as const;
    delivery?.refused(noted);
    return undefined;
  }

  /** The entry's bytes, or `undefined` when its tags' nonces are not known or prove nothing. */
  async #entry(partition: Partition, write: PendingWrite, prepared: Prepared, keep: Keep) {
    const { nonces } = write;
    const { store } = partition;
    if (nonces === undefined || store === undefined || keep.kind !== 'keep') return undefined;
    const names = (keep.tags ?? []).filter((tag) => !write.tags.includes(tag));
    const late = await this.#lateTags(partition, write, names);
    if (late === undefined) return undefined;
    const tags = [...write.tags.map((tag, i) => ({ tag, nonce: nonces[i] ?? '' })), ...late];
    return bytesOf(store, write, prepared, { tags, ttlMs: keep.ttlMs });
  }

  /** Tags that only the result told, with their nonces; `undefined` when one may have been invalidated while the method ran. */
  async #lateTags({ step }: Partition, write: PendingWrite, names: readonly string[]) {
    if (names.length === 0) return [];
    const { clocks, key, region } = write;
    if (clocks === undefined) return undefined;
    const done = await step?.(key, (store) => store.lateNonces(names, clocks, regionNonceTtlMs(region)));
    if (done?.ok !== true || !done.value.every(({ timely }) => timely)) return undefined;
    return done.value.map(({ nonce }, i): TagNonce => ({ tag: names[i] ?? '', nonce }));
  }
}

function evictionOf(name: string): readonly Invalidation[] {
  return [{ kind: 'key', name, ttlMs: 0 }];
}

function prepare({ region }: PendingWrite, value: unknown): Prepared | undefined {
  const outcome = region.format.prepare(value);
  if (outcome.kind === 'prepared') return outcome.prepared;
  region.refused(outcome.reason);
  return undefined;
}

function bytesOf(
  store: Store,
  { epoch, token: id, key, region }: PendingWrite,
  prepared: Prepared,
  { tags, ttlMs }: { tags: readonly TagNonce[]; ttlMs: number },
): Buffer | undefined {
  const now = store.serverTime(key);
  const softExpiry = now + ttlMs;
  const times = { createdAt: now, softExpiry, hardExpiry: softExpiry + graceMs(region.policy), loadMs: 0 };
  return prepared.toBytes({ id, epoch, ...times, tags });
}
