import type { Invalidation } from '../coherence/evict-journal.js';
import type { Recorder } from '../contracts/events.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import { worst } from '../contracts/outcome.js';
import type { Confirmation } from '../contracts/store.js';
import type { CallContext } from './call-context.js';
import type { Partition, Partitions } from './partition.js';
import type { RegionRuntime } from './requests.js';
import { nonceTtlMs } from './tag-life.js';

/** What invalidations work with. */
export interface InvalidationParts {
  readonly partitions: Partitions;
  readonly recorder: Recorder;
  readonly context: CallContext;
}

/**
 * Evicts, invalidations of tags, and what makes entries stale.
 * In this process an invalidation always works like this: advance and forget, send, and on the reply advance and forget
 * again: what another caller put into memory between the two may have been read before the server executed the command.
 * Inside a unit of work they are collected, for others must not load what is not committed and keep it.
 */
export class Invalidations {
  constructor(private readonly parts: InvalidationParts) {}

  /** Removes entries. Never rejects. */
  async evict(
    region: RegionRuntime,
    keys: readonly string[],
    confirm?: Confirmation,
  ): Promise<InvalidationOutcome> {
    const { unit } = this.parts.context;
    if (unit !== undefined) {
      unit.evict(region, keys);
      return 'queued';
    }
    const { coherence, delivery } = this.parts.partitions.of(region);
    const keyed = keys.map((name): Invalidation => ({ kind: 'key', name, ttlMs: 0 }));
    coherence.onKeys(keys);
    const outcome = (await delivery?.send(keyed, confirm)) ?? 'confirmed';
    coherence.onKeys(keys);
    region.recorder.record({ type: 'evicted', keys: keys.length, confirmed: outcome === 'confirmed' });
    return outcome;
  }

  /** Condemns every entry that carries one of the (canonical) tags, in all partitions. Never rejects. */
  async invalidateTags(tags: readonly string[], confirm?: Confirmation): Promise<InvalidationOutcome> {
    const { partitions, recorder, context } = this.parts;
    if (context.unit !== undefined) {
      context.unit.invalidate(tags);
      return 'queued';
    }
    const outcomes = await Promise.all(partitions.all.map((one) => invalidateIn(one, tags, 0, confirm)));
    const outcome = worst(outcomes);
    recorder.record({
      type: 'tags-invalidated',
      tags: tags.length,
      confirmed: outcome === 'confirmed',
    });
    return outcome;
  }

  /** Condemns every entry of a region. Never rejects. */
  async clear(region: RegionRuntime, confirm?: Confirmation): Promise<InvalidationOutcome> {
    const { partitions, context } = this.parts;
    if (context.unit !== undefined) {
      context.unit.clear(region);
      return 'queued';
    }
    const outcome = await invalidateIn(partitions.of(region), [region.tag], region.ttlMs, confirm);
    region.recorder.record({ type: 'cleared', confirmed: outcome === 'confirmed' });
    return outcome;
  }

  /** Makes entries stale: the next read loads them anew, and a failing loader may still be answered from them. Never rejects. */
  async expire(region: RegionRuntime, keys: readonly string[]): Promise<InvalidationOutcome> {
    const { unit } = this.parts.context;
    if (unit !== undefined) {
      // the old row must not be served for want of a new one once the new one is there
      unit.evict(region, keys);
      return 'queued';
    }
    const { coherence, step } = this.parts.partitions.of(region);
    coherence.onStale(keys);
    if (step === undefined || keys.length === 0) return 'confirmed';
    const done = await step(keys[0] ?? '', (store) => store.expire(keys));
    coherence.onStale(keys);
    return done.ok ? 'confirmed' : 'failed';
  }
}

async function invalidateIn(
  { coherence, delivery }: Partition,
  tags: readonly string[],
  entryTtlMs: number,
  confirm: Confirmation | undefined,
): Promise<InvalidationOutcome> {
  const ttlMs = nonceTtlMs(entryTtlMs);
  coherence.onTags(tags);
  const tagged = tags.map((name): Invalidation => ({ kind: 'tag', name, ttlMs }));
  const outcome = (await delivery?.send(tagged, confirm)) ?? 'confirmed';
  coherence.onTags(tags);
  return outcome;
}
