import { describe, expect, jest, test } from '@jest/globals';
import type { ServerFigures } from '../contracts/maintenance.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RecordedReports } from '../testing/module/recorded-reports.js';
import { ServerReadings } from './server-readings.js';

const FIGURES: ServerFigures = {
  server: '127.0.0.1:6379',
  usedMemoryBytes: 1,
  maxMemoryBytes: 2,
  maxMemoryPolicy: 'noeviction',
  evictedKeys: 3,
  expiredKeys: 4,
  keys: 5,
};

function setup(read: () => Promise<readonly ServerFigures[] | undefined>) {
  const clock = new FakeClock();
  const reporter = new RecordedReports();
  return { clock, reporter, readings: new ServerReadings({ clock, reporter, read }) };
}

describe('readings of the servers', () => {
  test('are made when somebody asks, and not again within ten seconds', async () => {
    const read = jest.fn(async () => [FIGURES]);
    const { clock, readings } = setup(read);
    expect(readings.latest).toBeNull();
    await readings.refresh();
    expect(readings.latest).toEqual([FIGURES]);
    await clock.advance(9_999);
    await readings.refresh();
    expect(read).toHaveBeenCalledTimes(1);
    await clock.advance(1);
    await readings.refresh();
    expect(read).toHaveBeenCalledTimes(2);
  });

  test('are not waited for beyond a moment, and count when they come', async () => {
    let answer: (figures: readonly ServerFigures[]) => void = () => undefined;
    const { clock, readings } = setup(() => new Promise((resolve) => (answer = resolve)));
    const asked = readings.refresh();
    await clock.advance(100);
    await asked;
    await readings.refresh();
    expect(readings.latest).toBeNull();
    answer([FIGURES]);
    await clock.advance(0);
    expect(readings.latest).toEqual([FIGURES]);
  });

  test.each([
    ['nobody may ask', async () => undefined],
    ['nobody answers', () => Promise.reject(new Error('gone'))],
  ])('are null where %s', async (_, read) => {
    const { readings } = setup(read);
    await readings.refresh();
    expect(readings.latest).toBeNull();
  });

  test('tell once that a full server will take nothing more, and warn of nothing', async () => {
    const { clock, reporter, readings } = setup(async () => [FIGURES]);
    await readings.refresh();
    await clock.advance(10_000);
    await readings.refresh();
    expect(reporter.lines).toEqual([expect.stringContaining('noeviction')]);
    expect(reporter.warnings).toEqual([]);
  });
});
