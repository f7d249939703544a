import { describe, expect, it } from '@jest/globals';
import { ReasonCounts } from './reason-counts.js';

describe('ReasonCounts', () => {
  it('counts by reason', () => {
    const counts = new ReasonCounts();
    for (const reason of ['OOM', 'ECONNRESET', 'OOM', 'constructor', '__proto__']) counts.add(reason);
    expect(counts.total).toBe(5);
    expect(Object.entries(counts.toRecord())).toEqual([
      ['OOM', 2],
      ['ECONNRESET', 1],
      ['constructor', 1],
      ['__proto__', 1],
    ]);
  });

  it('tells twenty reasons apart and calls the rest other', () => {
    const counts = new ReasonCounts();
    for (let reason = 0; reason < 1_000; reason++) counts.add(`reason ${reason}`);
    counts.add('reason 3');
    const record = counts.toRecord();
    expect(Object.keys(record)).toHaveLength(21);
    expect(record.other).toBe(980);
    expect(record['reason 3']).toBe(2);
    expect(counts.total).toBe(1_001);
  });

  it('cuts long reasons', () => {
    const counts = new ReasonCounts();
    counts.add('x'.repeat(5_000));
    expect(Object.keys(counts.toRecord())).toEqual(['x'.repeat(100)]);
  });
});
