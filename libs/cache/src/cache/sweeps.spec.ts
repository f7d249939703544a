import { describe, expect, test } from '@jest/globals';
import { resolveOptions } from '../cache.options.js';
import { silentRecorder } from '../contracts/events.js';
import type { SystemEvent } from '../contracts/events.js';
import type { Maintenance, SweepOrder } from '../contracts/maintenance.js';
import { SweepReport } from '../contracts/sweep-report.js';
import { FakeClock } from '../testing/fake-clock.js';
import { FaultyMaintenance } from '../testing/faults/faulty-maintenance.js';
import { MemoryChannel } from '../testing/memory/memory-channel.js';
import { MemoryStore } from '../testing/memory/memory-store.js';
import { RecordedReports } from '../testing/module/recorded-reports.js';
import { NoopMaintenance } from '../testing/noop.js';
import { Engine } from './engine.js';

const MINUTE = 60_000;

/** Maintenance that notes what it is asked for, and ends a sweep when the test says so. */
class Noted extends NoopMaintenance implements Maintenance {
  readonly announced: number[] = [];
  readonly orders: SweepOrder[] = [];
  ends: (() => void)[] = [];
  finds = (report: SweepReport): void => void (report.scanned = 5);

  override announce = async (ttlMs?: number) => void this.announced.push(ttlMs ?? 0);
  override sweep = async (order?: SweepOrder) => {
    if (order !== undefined) this.orders.push(order);
    await new Promise<void>((resolve) => this.ends.push(resolve));
    const report = new SweepReport();
    this.finds(report);
    return report;
  };

  /** Ends the sweeps that run. */
  async end(clock: FakeClock): Promise<void> {
    for (const end of this.ends.splice(0)) end();
    await clock.advance(0);
  }
}

function start(maintenance?: Maintenance, options: object = {}) {
  const clock = new FakeClock();
  const reporter = new RecordedReports();
  const events: SystemEvent[] = [];
  const recorder = { ...silentRecorder, record: (event: SystemEvent) => void events.push(event) };
  const store = new MemoryStore(clock);
  const shared = { store, channel: new MemoryChannel(store), ...(maintenance && { maintenance }) };
  const engine = new Engine({ clock, recorder, reporter, shared }, resolveOptions(options).engine);
  engine.open();
  const swept = () => events.filter(({ type }) => type === 'swept');
  return { clock, reporter, engine, swept };
}

describe('sweeps', () => {
  test('are made at each interval, and the version is announced for three of them', async () => {
    const noted = new Noted();
    const { clock, engine, swept } = start(noted);
    engine.sweeps.announce();
    await clock.advance(10 * MINUTE - 1);
    expect([noted.announced, noted.orders.length]).toEqual([[30 * MINUTE], 0]);
    await clock.advance(1);
    expect(noted.announced).toEqual([30 * MINUTE, 30 * MINUTE]);
    expect(noted.orders).toEqual([expect.objectContaining({ everyMs: 10 * MINUTE, force: false })]);
    await noted.end(clock);
    expect(swept()).toEqual([{ type: 'swept', entries: 0, orphans: 0, unknown: 0, failed: 0 }]);
    await engine.close(0);
    await clock.advance(60 * MINUTE);
    expect([noted.announced.length, noted.orders.length]).toEqual([2, 1]);
  });

  test('are not made where that is not wanted, and the version is announced all the same', async () => {
    const noted = new Noted();
    const { clock } = start(noted, { maintenance: { enabled: false, every: '1m' } });
    await clock.advance(3 * MINUTE);
    expect([noted.announced, noted.orders]).toEqual([[3 * MINUTE, 3 * MINUTE, 3 * MINUTE], []]);
  });

  test('are made one after the other: a regular one is left out, one that is asked for waits', async () => {
    const noted = new Noted();
    const { clock, engine } = start(noted);
    await clock.advance(20 * MINUTE);
    expect(noted.orders).toHaveLength(1);
    const asked = engine.sweeps.now();
    await clock.advance(0);
    expect(noted.orders).toHaveLength(1);
    await noted.end(clock);
    expect(noted.orders.map(({ force }) => force)).toEqual([false, true]);
    await noted.end(clock);
    expect(await asked).toMatchObject({ scanned: 5 });
  });

  test('end with the application', async () => {
    const noted = new Noted();
    const { clock, engine } = start(noted);
    const asked = engine.sweeps.now();
    await clock.advance(0);
    expect(noted.orders[0]?.isCancelled()).toBe(false);
    await engine.close(0);
    expect(noted.orders[0]?.isCancelled()).toBe(true);
    await noted.end(clock);
    expect(await asked).toMatchObject({ cancelled: true });
  });

  test('are told of when they have removed something, or could not be made', async () => {
    const noted = new Noted();
    noted.finds = (report) => {
      report.scanned = 9;
      report.removed('1', 3);
      report.removed(undefined, 1);
      report.orphan('lease');
    };
    const { clock, engine, reporter, swept } = start(noted);
    const asked = engine.sweeps.now();
    await clock.advance(0);
    await noted.end(clock);
    expect(await asked).toMatchObject({ entries: 4, orphaned: 1, versions: { 1: 3, '': 1 } });
    expect(reporter.lines).toEqual([expect.stringContaining('removed 4 entries and leases')]);
    expect(swept()).toEqual([{ type: 'swept', entries: 4, orphans: 1, unknown: 0, failed: 0 }]);
  });

  test('never fail', async () => {
    const faulty = new FaultyMaintenance(new NoopMaintenance());
    faulty.faults.fail();
    const { engine, swept } = start(faulty);
    engine.sweeps.announce();
    expect(await engine.sweeps.now()).toMatchObject({ failed: 1, scanned: 0 });
    expect(swept()).toEqual([expect.objectContaining({ failed: 1 })]);
  });

  test('that another instance made are none of ours', async () => {
    const noted = new Noted();
    noted.finds = (report) => void report.passedOver++;
    const { clock, swept } = start(noted);
    await clock.advance(10 * MINUTE);
    await noted.end(clock);
    expect(swept()).toEqual([]);
  });
});
