import { describe, expect, it } from '@jest/globals';
import { FaultRecorder } from './fault-recorder.js';
import { Figures } from './figures.js';
import { LogReporter } from './log-reporter.js';

function setUp() {
  const lines: string[] = [];
  const reporter = new LogReporter({ warn: (line: string) => lines.push(line), log: () => undefined });
  const figures = new Figures();
  return { recorder: new FaultRecorder(figures, reporter), figures, reporter, lines };
}

describe('A recorder that says faults', () => {
  it('passes every outcome on to the figures, faults or not', () => {
    const { recorder, figures, lines } = setUp();
    const region = recorder.region('trees');
    expect(region.memoryHit()).toBe(true);
    region.memoryLatency(1);
    region.record({ type: 'loaded', ms: 2, loadMs: 1 });
    region.record({ type: 'invalid-entry' });
    recorder.record({ type: 'redis-lost' });
    recorder.record({ type: 'channel-gap', reason: 'flushed' });
    const { memoryHits, memory, counts } = figures.region('trees');
    expect([memoryHits, memory.count, counts.loaded, counts.invalidEntries]).toEqual([1, 1, 1, 1]);
    expect([figures.system.connectionsLost, figures.system.gaps.total]).toEqual([1, 1]);
    expect(lines).toHaveLength(2);
  });

  it('says once per region that entries cannot be read, and counts them', () => {
    const { recorder, reporter, lines } = setUp();
    for (const name of ['trees', 'trees', 'http:trees', 'bees'])
      recorder.region(name).record({ type: 'invalid-entry' });
    expect(lines.map((line) => line.split(' in Redis')[0])).toEqual([
      "an entry of the region 'trees'",
      "a response of the region 'trees'",
      "an entry of the region 'bees'",
    ]);
    expect(reporter.warnings).toEqual({
      'invalid-entry:trees': 2,
      'invalid-entry:http:trees': 1,
      'invalid-entry:bees': 1,
    });
  });

  it('says once per reason that the channel may have missed something, and once that Redis is not asked', () => {
    const { recorder, lines } = setUp();
    for (const reason of ['flushed', 'unreadable message', 'flushed'])
      recorder.record({ type: 'channel-gap', reason });
    for (const state of ['open', 'closed', 'open'] as const) recorder.record({ type: 'breaker', state });
    expect(lines).toEqual([
      expect.stringContaining('(flushed)'),
      expect.stringContaining('(unreadable message)'),
      'Redis does not answer in time; calls do not ask it until it does',
    ]);
  });
});
