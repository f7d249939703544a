import type { Clock } from '../contracts/clock.js';
import { graceMs } from '../contracts/load-policy.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import type { Prepared } from '../tiers/entry-format.js';
import type { MemoryTier } from '../tiers/memory-tier.js';
import { MemoryEntry } from '../tiers/memory-tier.js';
import type { Partition } from './partition.js';
import type { PendingWrite } from './pending-write.js';
import { refreshInMs } from './refresh.js';
import type { Keep } from './requests.js';
import { isWhole } from './sliding.js';

/** What the end of a write in memory works with. */
export interface MemoryCommitParts {
  readonly memory: MemoryTier;
  readonly clock: Clock;
}

/**
 * Ends a write where there is one process and memory only: the running writes and the generations of the key and its tags
 * tell whether anybody else wrote, evicted or invalidated since it began.
 */
export function commitInMemory(
  { memory, clock }: MemoryCommitParts,
  { coherence, name, writers }: Partition,
  write: PendingWrite,
  { prepared, keep }: { prepared: Prepared | undefined; keep: Keep },
): InvalidationOutcome {
  const { region, key, token, mark, moment } = write;
  const { tags } = coherence;
  const late = keep.kind === 'keep' ? (keep.tags ?? []).map((tag) => tags.mark(tag)) : [];
  const marks = [...write.tagMarks, ...late];
  const untouched =
    marks.every(({ state, generation }) => state.generation === generation) &&
    late.every(({ state }) => tags.quietSince(moment, state));
  const sole = writers.leave(key, token) && untouched && coherence.holds(key, mark);
  coherence.onKeys([key]);
  const stored = sole && prepared !== undefined && keep.kind === 'keep' && region.memory;
  if (stored) {
    const { policy, ttlMs } = region;
    const freshUntil = clock.now() + keep.ttlMs;
    const life = { leftMs: keep.ttlMs, wholeMs: keep.ttlMs, loadMs: 0 };
    const terms = {
      freshUntil,
      staleUntil: freshUntil + graceMs(policy),
      refreshAt: clock.now() + refreshInMs(policy, life),
      gates: [],
      cells: marks.map(({ state }) => state),
      generations: marks.map(({ generation }) => generation),
      partition: name,
      slides: isWhole(keep.ttlMs, ttlMs, policy),
      id: '',
    };
    memory.put(key, new MemoryEntry(prepared.held, prepared.rawBytes, terms));
  }
  region.recorder.record({ type: 'written', stored });
  return 'confirmed';
}
