import { describe, expect, test } from '@jest/globals';
import { BREACHES, hasBreach } from './findings.js';
import type { BreachName } from './findings.js';
import { History } from './history.js';
import { FAILED, FlatLog, FOREIGN, OUTCOMES, READ_FIELDS, WRITE_FIELDS } from './log.js';
import type { Outcome } from './log.js';
import { judge } from './verdict.js';
import type { Circumstances } from './verdict.js';

const [WRITER, OTHER, AUDITOR] = [1, 2, 3];
const CELL = 7;

/** A history by hand. Times in milliseconds. */
class Story {
  readonly #history = new History();
  readonly #circumstances: Circumstances;

  constructor(more: Partial<Circumstances> & { readonly strict?: boolean } = {}) {
    const { strict = false, ...rest } = more;
    this.#circumstances = {
      rules: (cell) => ({ kind: 'key', row: cell, strict }),
      auditors: new Set([AUDITOR]),
      ...rest,
    };
  }

  /** The writer wrote a version and heard of it at `end`. */
  wrote(
    version: number,
    { start, end }: { start: number; end: number },
    { outcome = 'confirmed', orderly = false }: { outcome?: Outcome; orderly?: boolean } = {},
  ): this {
    const writes = new FlatLog(WRITE_FIELDS);
    const times = [start * 1_000, end * 1_000];
    writes.append([CELL, version, ...times, OUTCOMES.indexOf(outcome), orderly ? 1 : 0]);
    this.#history.add(WRITER, { reads: new Float64Array(), writes: writes.drain() });
    return this;
  }

  /** A process began to read at `start`, for a millisecond unless `end` says otherwise, and saw a version. */
  read(process: number, version: number, start: number, end = start + 1): this {
    const reads = new FlatLog(READ_FIELDS);
    reads.append([CELL, version, start * 1_000, end * 1_000]);
    this.#history.add(process, { reads: reads.drain(), writes: new Float64Array() });
    return this;
  }

  get report() {
    return judge(this.#history, this.#circumstances);
  }

  /** The violations by name, those that are none left out. */
  get breaches(): Partial<Record<BreachName, number>> {
    const { report } = this;
    return Object.fromEntries(
      BREACHES.filter((name) => report[name] > 0).map((name) => [name, report[name]]),
    );
  }
}

/** Version 1 was written from 10 to 20, version 2 from 100 to 110. */
function twoWrites(more: ConstructorParameters<typeof Story>[0] = {}): Story {
  return new Story(more).wrote(1, { start: 10, end: 20 }).wrote(2, { start: 100, end: 110 });
}

/** The same, but the writer barred the key while it wrote version 2. */
function barringWrite(more: ConstructorParameters<typeof Story>[0] = {}): Story {
  const orderly = { orderly: true };
  return new Story(more).wrote(1, { start: 10, end: 20 }).wrote(2, { start: 100, end: 110 }, orderly);
}

describe('a history without violations', () => {
  test('counts reads and writes', () => {
    const { report } = twoWrites().read(OTHER, 1, 30).read(WRITER, 2, 111);
    expect(report).toMatchObject({ reads: 2, writes: 2, confirmed: 2, late: 0, maxAgeMs: 0 });
    expect(hasBreach(report)).toBe(false);
    expect(report.kinds).toEqual({
      key: { reads: 2, writes: 2, confirmed: 2, late: 0, flickers: 0, breaches: 0 },
    });
  });

  test('has reads of the old version that began before the acknowledgement, whenever they end', () => {
    expect(twoWrites().read(WRITER, 1, 109, 500).read(AUDITOR, 1, 110, 500).breaches).toEqual({});
  });

  test('has reads of the new version while it is written', () => {
    expect(twoWrites().read(OTHER, 2, 101).breaches).toEqual({});
  });
});

describe('a read that began after the acknowledgement and saw what was before', () => {
  test('is a violation in the process that was told', () => {
    expect(twoWrites().read(WRITER, 1, 110.001).breaches).toEqual({ staleOwn: 1 });
  });

  test('is a violation in Redis', () => {
    expect(twoWrites().read(AUDITOR, 1, 110.001).breaches).toEqual({ staleRedis: 1 });
  });

  test('is late in another process, by the time since the acknowledgement', () => {
    const { report } = twoWrites()
      .read(OTHER, 1, 110.5)
      .read(OTHER, 1, 115)
      .read(OTHER, 1, 150)
      .read(OTHER, 1, 310)
      .read(OTHER, 1, 2_110);
    expect(report).toMatchObject({ late: 5, maxAgeMs: 2_000, p99AgeMs: 2_000 });
    expect(report.ages).toEqual({ over0ms: 5, over10ms: 3, over100ms: 2, over1000ms: 1 });
    expect(hasBreach(report)).toBe(false);
  });

  test('is a violation in another process beyond the bound', () => {
    expect(twoWrites().read(OTHER, 1, 2_110.01).breaches).toEqual({ staleBeyondBound: 1 });
  });

  test('is as old as the oldest acknowledgement it lacks, not as the newest', () => {
    const story = twoWrites().wrote(3, { start: 2_100, end: 2_110 }).read(OTHER, 1, 2_111);
    expect(story.breaches).toEqual({ staleBeyondBound: 1 });
    expect(story.report.maxAgeMs).toBe(2_001);
  });

  test('is a violation at any age where the region is strict', () => {
    expect(twoWrites({ strict: true }).read(OTHER, 1, 110.1).breaches).toEqual({ staleBeyondBound: 1 });
  });

  test('lacks what a later acknowledgement vouches for, though its own writer never heard', () => {
    const story = new Story()
      .wrote(1, { start: 10, end: 20 }, { outcome: 'failed' })
      .wrote(2, { start: 30, end: 40 })
      .read(WRITER, 0, 41);
    expect(story.breaches).toEqual({ staleOwn: 1 });
  });

  test.each<Outcome>(['failed', 'queued', 'unknown'])('is allowed when the outcome is %s', (outcome) => {
    const story = new Story()
      .wrote(1, { start: 10, end: 20 }, { outcome })
      .read(WRITER, 0, 30)
      .read(OTHER, 0, 9_000)
      .read(AUDITOR, 0, 30);
    expect(story.breaches).toEqual({});
    expect(story.report[outcome]).toBe(1);
  });

  test('is found when acknowledgements came in another order than the writes', () => {
    const story = new Story()
      .wrote(2, { start: 15, end: 40 })
      .wrote(1, { start: 10, end: 90 })
      .read(WRITER, 1, 50);
    expect(story.breaches).toEqual({ staleOwn: 1 });
  });
});

describe('a read from the future', () => {
  test('saw a version whose write had not begun', () => {
    expect(twoWrites().read(OTHER, 2, 30).breaches).toEqual({ future: 1 });
  });

  test('saw a version that was never written', () => {
    expect(twoWrites({ database: () => 2 }).read(OTHER, 3, 200).breaches).toEqual({ future: 1 });
  });

  test('saw another row', () => {
    expect(twoWrites().read(OTHER, FOREIGN, 200).breaches).toEqual({ future: 1 });
  });

  test('is none when the writer did not live to log its write', () => {
    expect(twoWrites({ database: () => 3 }).read(OTHER, 3, 200).breaches).toEqual({});
  });
});

describe('a read that goes backwards', () => {
  test('after the newer version was acknowledged is a violation in the process that was told', () => {
    const { breaches } = twoWrites().read(WRITER, 2, 105).read(WRITER, 1, 120);
    expect(breaches).toEqual({ backwards: 1, staleOwn: 1 });
  });

  test('is counted apart in a process that may not have heard yet, and a violation when it must have', () => {
    const { breaches, report } = twoWrites().read(OTHER, 2, 105).read(OTHER, 1, 120);
    expect(breaches).toEqual({});
    expect(report.flickers).toBe(1);
    const later = twoWrites().read(OTHER, 2, 105).read(OTHER, 1, 2_111);
    expect(later.breaches).toEqual({ backwards: 1, staleBeyondBound: 1 });
    const strict = twoWrites({ strict: true }).read(OTHER, 2, 105).read(OTHER, 1, 120);
    expect(strict.breaches).toEqual({ backwards: 1, staleBeyondBound: 1 });
  });

  test('before that is allowed for a plain evict', () => {
    expect(twoWrites().read(OTHER, 2, 101).read(OTHER, 1, 105).breaches).toEqual({});
  });

  test('is a violation at any time in the process whose writer had barred the key', () => {
    expect(barringWrite().read(WRITER, 2, 101).read(WRITER, 1, 105).breaches).toEqual({ backwards: 1 });
  });

  test('is counted apart in a process that may not have heard of the bar, and a violation when it must have', () => {
    const { breaches, report } = barringWrite().read(OTHER, 2, 101).read(OTHER, 1, 105);
    expect(breaches).toEqual({});
    expect(report.flickers).toBe(1);
    const later = barringWrite().read(OTHER, 2, 101).read(OTHER, 1, 2_111);
    expect(later.breaches).toEqual({ backwards: 1, staleBeyondBound: 1 });
  });

  test('is allowed when the server lost what barred the key', () => {
    const story = barringWrite({ losses: [103_000] });
    expect(story.read(WRITER, 2, 101).read(WRITER, 1, 105).breaches).toEqual({});
  });

  test('is none when the two overlapped, or were made by two processes', () => {
    expect(twoWrites().read(OTHER, 2, 101, 130).read(OTHER, 1, 104, 140).breaches).toEqual({});
    expect(twoWrites().read(OTHER, 2, 101).read(4, 1, 120).breaches).toEqual({});
  });
});

describe('at rest', () => {
  const rest = (version: number | undefined) =>
    twoWrites({ rest: [{ process: OTHER, cell: CELL, version }], database: () => 2 }).breaches;

  test('a process that holds the newest version or nothing agrees', () => {
    expect(rest(2)).toEqual({});
    expect(rest(undefined)).toEqual({});
  });

  test('a process that holds anything else diverges', () => {
    expect(rest(1)).toEqual({ divergent: 1 });
    expect(rest(3)).toEqual({ divergent: 1 });
    expect(rest(FOREIGN)).toEqual({ divergent: 1 });
  });

  test('what was written but not confirmed may be there or not, what is older may not', () => {
    const unconfirmed = (version: number) =>
      twoWrites({ rest: [{ process: OTHER, cell: CELL, version }], database: () => 3 }).wrote(
        3,
        { start: 200, end: 210 },
        { outcome: 'failed' },
      ).breaches;
    expect([unconfirmed(2), unconfirmed(3), unconfirmed(1)]).toEqual([{}, {}, { divergent: 1 }]);
  });
});

describe('what was queued', () => {
  const rest = (living: number[]) =>
    twoWrites({
      rest: [{ process: OTHER, cell: CELL, version: 2 }],
      database: () => 3,
      living: new Set(living),
    }).wrote(3, { start: 200, end: 210 }, { outcome: 'queued' }).breaches;

  test('has arrived at rest, if its process lived to see to it', () => {
    expect(rest([WRITER])).toEqual({ divergent: 1 });
    expect(rest([OTHER])).toEqual({});
  });
});

describe('a failover that may lose what was acknowledged', () => {
  const lapses = [{ from: 105_000, until: 300_000 }];

  test('excuses reads that lack what was acknowledged in it, and counts them apart', () => {
    const { report, breaches } = twoWrites({ lapses }).read(WRITER, 1, 5_000).read(AUDITOR, 1, 400);
    expect(breaches).toEqual({});
    expect(report.failover).toMatchObject({ stale: 2, maxAgeMs: 4_890 });
  });

  test('excuses nothing that was acknowledged before or after it', () => {
    expect(twoWrites({ lapses }).read(WRITER, 0, 5_000).breaches).toEqual({ staleOwn: 1 });
    const later = twoWrites({ lapses }).wrote(3, { start: 310, end: 320 }).read(WRITER, 1, 330);
    expect(later.breaches).toEqual({ staleOwn: 1 });
  });
});

test('a read that failed is a violation', () => {
  expect(twoWrites().read(OTHER, FAILED, 30).breaches).toEqual({ failedReads: 1 });
});

test('a violation is shown with what is needed to find it', () => {
  const { report } = twoWrites().read(WRITER, 1, 115);
  expect(report.examples).toEqual([
    expect.objectContaining({ breach: 'staleOwn', kind: 'key', process: WRITER, version: 1, ageMs: 5 }),
  ]);
});

test('a log keeps its order over its blocks, and gives every entry once', () => {
  const log = new FlatLog(2);
  for (let i = 0; i < 10_000; i++) log.append([i, -i]);
  const first = log.drain();
  log.append([10_000, -10_000]);
  const all = [...first, ...log.drain()];
  expect(all).toEqual(Array.from({ length: 10_001 }, (_, i) => [i, -i]).flat());
  expect(log.drain()).toHaveLength(0);
});
