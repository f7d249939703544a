import { describe, expect, test } from '@jest/globals';
import { CacheError } from '../contracts/errors.js';
import type { Grip, LogPlace } from '../contracts/write-log.js';
import { LocalWriteLog } from './local-write-log.js';
import { LEASE_MS, regionOf, Workshop } from './workers.fixture.js';

const PLACE: LogPlace = { region: 'flock', partition: 0 };

/** A log whose server is away for its owners, and that tells the order of goodbyes. */
class AwayLog extends LocalWriteLog {
  away = false;
  onRelease: () => void = () => undefined;
  divided: Promise<void> | undefined;
  override async partitions(region: string, wanted: number) {
    await this.divided;
    return super.partitions(region, wanted);
  }
  override take(place: LogPlace, grip: Grip, count: number) {
    if (this.away) return Promise.reject(new CacheError('REDIS_UNAVAILABLE', 'away'));
    return super.take(place, grip, count);
  }
  override release(place: LogPlace, grip: Grip) {
    this.onRelease();
    return super.release(place, grip);
  }
}

function awayShop(): { shop: Workshop; log: AwayLog } {
  const shop = new Workshop((clock) => new AwayLog(clock));
  return { shop, log: shop.log as AwayLog };
}

/** A handler that stops when it is told to. */
const obedient = (signal: AbortSignal) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));

describe('a worker whose right is over', () => {
  test('sets no timer any more when its handler stops as it was told', async () => {
    const { shop } = awayShop();
    await shop.append('a', '1');
    shop.handle = (_, { signal }) => obedient(signal);
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(0);
    const closing = workers.close(1_000);
    await shop.clock.advance(1_000);
    await closing;
    expect(shop.clock.timers).toBe(0);
  });

  test('has told its handler before anybody else can have the log', async () => {
    const { shop, log } = awayShop();
    await shop.append('a', '1');
    shop.handle = () => new Promise(() => undefined);
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(0);
    const told: (boolean | undefined)[] = [];
    log.onRelease = () => told.push(shop.batches[0]?.context.signal.aborted);
    const closing = workers.close(1_000);
    await shop.clock.advance(1_000);
    await closing;
    expect(told).toEqual([true]);
  });

  test('says that writes may be left when the log does not answer', async () => {
    const { shop, log } = awayShop();
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(0);
    await shop.append('a', '1');
    log.away = true;
    const closing = workers.close(1_000);
    await shop.clock.advance(1_000);
    await closing;
    expect(shop.said).toEqual([expect.stringContaining("1 writes of 'flock' wait for the database")]);
  });

  test('does not come back as a member of those who work when it closes while it opens', async () => {
    const { shop, log } = awayShop();
    let divide: () => void = () => undefined;
    log.divided = new Promise((resolve) => (divide = resolve));
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(0);
    const closing = workers.close(0);
    await shop.clock.advance(LEASE_MS);
    await closing;
    divide();
    await shop.clock.advance(0);
    expect(await log.attend('flock', 'other', 1)).toEqual(['other']);
    expect(await log.claim(PLACE, 'other', 1)).toBeDefined();
  });
});

test('a log whose server gives no answer costs a worker none of its other logs', async () => {
  class HalfFrozen extends LocalWriteLog {
    override renew(place: LogPlace, grip: Grip, ms: number) {
      return place.partition === 0 ? new Promise<boolean>(() => undefined) : super.renew(place, grip, ms);
    }
  }
  const shop = new Workshop((clock) => new HalfFrozen(clock), {}, regionOf('flock', 2));
  const signals: AbortSignal[] = [];
  shop.handle = (_, { signal }) => {
    signals.push(signal);
    return new Promise(() => undefined);
  };
  await shop.append('a', '1', 1);
  const workers = shop.workers();
  workers.open();
  await shop.clock.advance(LEASE_MS * 3);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  const closing = workers.close(0);
  await shop.clock.advance(0);
  await closing;
});
