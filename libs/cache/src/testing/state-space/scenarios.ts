import type { Accidents, LoaderRole, ProcessNumber, Scenario, WriterKind, WriterRole } from './scenario.js';

const loader = (process: ProcessNumber): LoaderRole => ({ process });
const impatient = (process: ProcessNumber): LoaderRole => ({ process, impatient: true });
const writer = (kind: WriterKind) => (process: ProcessNumber) => ({ kind, process });
const evict = writer('evict');
const put = writer('put');
const strict = writer('strict');
const invalidate = writer('invalidate');
const spoil = writer('spoil');
const slow = (role: WriterRole): WriterRole => ({ ...role, expires: true });

const cast = (loaders: LoaderRole[], writers: WriterRole[], accidents: Accidents = {}): Scenario => ({
  loaders,
  writers,
  accidents,
  tag: 'none',
});
const declared = (scenario: Scenario): Scenario => ({ ...scenario, tag: 'declared' });
const late = (scenario: Scenario): Scenario => ({ ...scenario, tag: 'late' });
const lateKey = (scenario: Scenario): Scenario => ({ ...scenario, tag: 'late key' });
const warm = (scenario: Scenario): Scenario => ({ ...scenario, warm: true });
const monotone = (scenario: Scenario): Scenario => ({ ...scenario, monotone: true });
const alone = (scenario: Scenario): Scenario => ({ ...scenario, alone: true });

const leaseLost = { leaseLost: 1 };
const nonceLost = { nonceLost: 1 };

/** Evicts by key. */
const keys = {
  'an evict, three loaders': cast([loader(0), loader(0), loader(1)], [evict(0)]),
  'evicts in both processes': cast([loader(0), loader(1)], [evict(0), evict(1)]),
  'an evict, the lease is lost': cast([loader(0), loader(1)], [evict(0)], leaseLost),
  'evicts of what all hold': warm(cast([loader(0), loader(1)], [evict(0), evict(0)])),
  'an evict, one does not wait': cast([loader(0), impatient(1)], [evict(0)], leaseLost),
};

/** Writes in two phases. */
const writes = {
  'a put, three loaders': monotone(cast([loader(0), loader(0), loader(0)], [put(1)])),
  'a put, memory is small': monotone(cast([loader(0), impatient(0), loader(0)], [put(1)], { memoryLost: 1 })),
  'a put between two processes': monotone(cast([loader(0), loader(1)], [put(0)])),
  'puts in both processes': monotone(cast([loader(0), loader(0)], [put(0), put(1)])),
  'a put and a strict evict': monotone(cast([loader(0), impatient(0)], [put(0), strict(1)])),
  'a strict evict of what all hold': monotone(
    warm(cast([loader(0), loader(0), loader(0)], [strict(1)], { memoryLost: 1 })),
  ),
  'puts and an evict': cast([loader(0)], [put(0), put(1), evict(0)]),
  'a put and an evict, two loaders': cast([loader(0), loader(1)], [put(0), evict(1)]),
  'a slow put and a put': cast([loader(0)], [slow(put(0)), put(1)]),
  'a slow put and an evict': cast([loader(0)], [slow(put(0)), evict(1)]),
  'two slow puts': cast([loader(1)], [slow(put(0)), slow(put(1))]),
  'slow puts and a put': cast([], [slow(put(0)), slow(put(0)), put(1)]),
  'a slow strict evict and a put': cast([loader(1)], [slow(strict(0)), put(1)]),
};

/** Tags that are known before the load. */
const tags = {
  'an invalidation, three loaders': declared(cast([loader(0), loader(0), loader(1)], [invalidate(0)])),
  'invalidations in both processes': declared(cast([loader(0), loader(1)], [invalidate(0), invalidate(1)])),
  'an invalidation, nonces are lost': declared(
    cast([loader(0), loader(0)], [invalidate(0)], { nonceLost: 2 }),
  ),
  'an invalidation of what all hold': warm(
    declared(cast([loader(0), loader(1)], [invalidate(0)], nonceLost)),
  ),
  'an evict and an invalidation': declared(cast([loader(0), loader(0)], [evict(1), invalidate(0)])),
  'a put and an invalidation': declared(cast([loader(0)], [put(1), invalidate(0)], nonceLost)),
  'an evict of the key that is the tag': declared(cast([loader(0), loader(1)], [spoil(0)], nonceLost)),
};

/** Tags that only the result tells. */
const lateTags = {
  'late: an invalidation': late(
    cast([loader(0), loader(1)], [invalidate(0)], { ...nonceLost, clockLost: 1 }),
  ),
  'late: three loaders': late(cast([loader(0), loader(0), loader(0)], [invalidate(0)])),
  'late: one does not wait': late(cast([impatient(0), loader(0), loader(1)], [invalidate(0)])),
  'late: the lease is lost': late(cast([loader(0), loader(1)], [invalidate(0)], leaseLost)),
  'late: other tags': warm(
    late(cast([loader(0)], [invalidate(0)], { nonceLost: 2, clockLost: 1, otherTag: 2 })),
  ),
  'late: invalidations in both processes': late(
    cast([loader(0), loader(0)], [invalidate(0), invalidate(1)], { otherTag: 1 }),
  ),
  'late: a put and an invalidation': late(cast([loader(0)], [put(1), invalidate(0)], { clockLost: 1 })),
  'late: an evict of the key that is the tag': lateKey(
    cast([loader(0), loader(1)], [spoil(0)], { ...nonceLost, clockLost: 1 }),
  ),
};

/** One process with memory only. No marker bars loads while a write runs, so nothing is said of reads that go backwards. */
const memoryOnly = {
  'alone: an evict and a put': alone(cast([loader(0), loader(0), loader(0)], [evict(0), put(0)])),
  'alone: a put and a strict evict': alone(cast([loader(0), loader(0)], [put(0), strict(0)])),
  'alone: a put and an invalidation': alone(
    declared(cast([loader(0), loader(0), loader(0)], [put(0), invalidate(0)])),
  ),
  'alone: a late tag': alone(late(cast([loader(0), loader(0), loader(0)], [put(0), invalidate(0)]))),
};

/** Everything that is explored. */
export const SCENARIOS = { ...keys, ...writes, ...tags, ...lateTags, ...memoryOnly };
