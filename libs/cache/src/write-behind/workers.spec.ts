import { describe, expect, test } from '@jest/globals';
import type { Grip, LogPlace } from '../contracts/write-log.js';
import { LocalWriteLog } from './local-write-log.js';
import { Away, BadRow, LEASE_MS, regionOf, Workshop } from './workers.fixture.js';

const PLACE: LogPlace = { region: 'flock', partition: 0 };

/** A log that does not answer some of its owner's questions. */
class DeafLog extends LocalWriteLog {
  deaf = new Set<string>();
  override renew(place: LogPlace, grip: Grip, ms: number) {
    return this.deaf.has('renew') ? new Promise<boolean>(() => undefined) : super.renew(place, grip, ms);
  }
  override attend(region: string, worker: string, ms: number) {
    if (this.deaf.has('attend')) return new Promise<readonly string[]>(() => undefined);
    return super.attend(region, worker, ms);
  }
}

describe('a worker', () => {
  test('hands over what was written, in order, with versions and fence, and settles it', async () => {
    const shop = new Workshop();
    const versions = [await shop.append('a', '1'), await shop.append('b', '2')];
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(0);
    expect(shop.handed).toEqual([['a=1', 'b=2']]);
    expect(shop.batches[0]?.batch.map(({ version }) => version)).toEqual(versions);
    expect(shop.batches[0]?.context).toMatchObject({
      region: 'flock',
      partition: 0,
      fence: 1,
      attempt: 1,
      through: false,
    });
    expect(await shop.depth()).toBe(0);
    expect(workers.figures('flock')).toMatchObject({ applied: 2, coalesced: 0, batches: 1, owned: 1 });
    await workers.close(1_000);
    expect(shop.clock.timers).toBe(0);
  });

  test('hands over only the last write of each key, and settles all of them', async () => {
    const shop = new Workshop();
    for (const [key, value] of ['a1', 'b1', 'a2', 'a3', 'c1'].map((text) => [...text] as [string, string]))
      await shop.append(key, value);
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(0);
    expect(shop.handed).toEqual([['a=3', 'b=1', 'c=1']]);
    expect(await shop.depth()).toBe(0);
    expect(workers.figures('flock')).toMatchObject({ applied: 5, coalesced: 2 });
    await workers.close(0);
  });

  test('hands over every write, in order, where the handler wants that', async () => {
    const shop = new Workshop(undefined, { coalesce: false });
    for (const value of ['1', '2', '3']) await shop.append('a', value);
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(0);
    expect(shop.handed).toEqual([['a=1', 'a=2', 'a=3']]);
    await workers.close(0);
  });

  test('goes on at once after a full batch, and waits for more after another', async () => {
    const shop = new Workshop(undefined, { batch: 2 });
    for (const key of ['a', 'b', 'c', 'd', 'e']) await shop.append(key, '1');
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(0);
    expect(shop.handed).toEqual([['a=1', 'b=1'], ['c=1', 'd=1'], ['e=1']]);
    await shop.append('f', '1');
    await shop.append('g', '1');
    await shop.clock.advance(199);
    expect(shop.batches).toHaveLength(3);
    await shop.clock.advance(1);
    expect(shop.handed[3]).toEqual(['f=1', 'g=1']);
    await workers.close(0);
  });

  test('settles nothing before the database has it', async () => {
    const shop = new Workshop();
    await shop.append('a', '1');
    let commit: () => void = () => undefined;
    shop.handle = () => new Promise<void>((resolve) => (commit = resolve));
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(1_000);
    expect(await shop.depth()).toBe(1);
    commit();
    await shop.clock.advance(0);
    expect(await shop.depth()).toBe(0);
    await workers.close(0);
  });

  test('tries again for as long as the database is away, however long that is, and loses nothing', async () => {
    const shop = new Workshop();
    await shop.append('a', '1');
    shop.handle = () => {
      throw new Away();
    };
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(600_000);
    expect(shop.batches.length).toBeGreaterThan(50);
    expect(shop.batches.length).toBeLessThan(80);
    expect(await shop.log.figures(PLACE)).toMatchObject({ depth: 1, deadLetters: 0 });
    shop.handle = () => undefined;
    await shop.clock.advance(10_000);
    expect(await shop.depth()).toBe(0);
    await workers.close(0);
  });

  test('finds what the database refuses among five hundred, and writes all others', async () => {
    const shop = new Workshop();
    for (let i = 0; i < 500; i++) await shop.append(`k${i}`, i % 200 === 7 ? 'bad' : 'good');
    const written = new Set<unknown>();
    shop.handle = (batch) => {
      if (batch.some(({ value }) => value === 'bad')) throw new BadRow('value "bad" of key k7');
      for (const { args } of batch) written.add(args[0]);
    };
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(0);
    expect(written.size).toBe(497);
    const letters = await shop.log.deadLetters(PLACE, undefined, 10);
    expect(letters.map(({ key, reason }) => [key, reason])).toEqual(
      ['k7', 'k207', 'k407'].map((key) => [key, 'Error 23514']),
    );
    expect(await shop.depth()).toBe(0);
    // 3 rows in 500: at most twice the depth of the halves for each, not one call per row
    expect(shop.batches.length).toBeLessThan(3 * 2 * 10);
    expect(shop.stale).toEqual(['k7', 'k207', 'k407']);
    expect(workers.figures('flock')).toMatchObject({ applied: 497, buried: 3 });
    await workers.close(0);
  });

  test('writes the one before in the place of a last write that is refused', async () => {
    const shop = new Workshop();
    for (const value of ['1', '2', 'bad']) await shop.append('a', value);
    await shop.append('b', '1');
    const database = new Map<unknown, unknown>();
    shop.handle = (batch) => {
      if (batch.some(({ value }) => value === 'bad')) throw new BadRow();
      for (const { args, value } of batch) database.set(args[0], value);
    };
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(0);
    expect([...database]).toEqual([
      ['a', '2'],
      ['b', '1'],
    ]);
    expect(await shop.log.figures(PLACE)).toMatchObject({ depth: 0, deadLetters: 1 });
    await workers.close(0);
  });

  test('buries a last write only when the database has the one before: until then the log is asked by loads', async () => {
    const shop = new Workshop();
    for (const value of ['good', 'bad']) await shop.append('a', value);
    const asked: unknown[] = [];
    shop.handle = async ([write]) => {
      const unsettled = await shop.log.unsettled(PLACE, 'a');
      asked.push([write?.value, unsettled?.value.toString()]);
      if (write?.value === 'bad') throw new BadRow();
    };
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(0);
    expect(asked).toEqual([
      ['bad', 'bad'],
      ['good', 'bad'],
    ]);
    expect(await shop.log.unsettled(PLACE, 'a')).toBeUndefined();
    expect(await shop.log.figures(PLACE)).toMatchObject({ depth: 0, deadLetters: 1 });
    expect(shop.stale).toEqual(['a']);
    await workers.close(0);
  });

  test('gives up on an error that says nothing after some attempts, then without any', async () => {
    const shop = new Workshop(undefined, { attempts: 3 });
    for (const key of ['a', 'b']) await shop.append(key, key === 'a' ? 'bad' : 'good');
    shop.handle = (batch) => {
      if (batch.some(({ value }) => value === 'bad')) throw new Error('something');
    };
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(10_000);
    expect(shop.batches.map(({ context }) => context.attempt)).toEqual([1, 2, 3, 1, 1]);
    expect(await shop.log.figures(PLACE)).toMatchObject({ depth: 0, deadLetters: 1 });
    await workers.close(0);
  });

  test('believes the handler’s own word on errors, unless it throws', async () => {
    const permanent = (error: unknown) => {
      if (error instanceof BadRow) return false;
      if (error instanceof Away) return true;
      throw new Error('cannot say');
    };
    const shop = new Workshop(undefined, { attempts: 2, permanent });
    await shop.append('a', '1');
    const errors = [new BadRow(), new BadRow(), new BadRow(), new Error('?'), new Away()];
    shop.handle = () => {
      throw errors.shift() ?? new Error('none is left');
    };
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(60_000);
    expect(shop.batches).toHaveLength(5);
    expect(await shop.log.figures(PLACE)).toMatchObject({ deadLetters: 1 });
    await workers.close(0);
  });

  test('buries what nobody can read', async () => {
    const shop = new Workshop();
    await shop.append('a', '');
    await shop.append('b', '1');
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(0);
    expect(shop.handed).toEqual([['b=1']]);
    const letters = await shop.log.deadLetters(PLACE, undefined, 10);
    expect(letters.map(({ key, reason }) => [key, reason])).toEqual([['a', 'unreadable']]);
    await workers.close(0);
  });

  test('says that a key is stale when what was replayed has reached the database', async () => {
    const shop = new Workshop();
    await shop.append('a', 'bad');
    shop.handle = () => {
      throw new BadRow();
    };
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(0);
    shop.stale.length = 0;
    shop.handle = () => undefined;
    const [letter] = await shop.log.deadLetters(PLACE, undefined, 1);
    await shop.log.replay(PLACE, [letter?.seq ?? '']);
    await shop.clock.advance(200);
    expect(shop.stale).toEqual(['a']);
    expect(await shop.depth()).toBe(0);
    await workers.close(0);
  });

  test('lets a key go that is unreadable only when the database has what was written before it', async () => {
    const shop = new Workshop();
    await shop.append('a', 'good');
    await shop.append('a', '');
    const seen: unknown[] = [];
    shop.handle = async ([write]) => {
      const newest = await shop.log.unsettled(PLACE, 'a');
      seen.push([write?.value, newest?.value.toString(), [...shop.stale]]);
    };
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(0);
    expect(seen).toEqual([['good', '', []]]);
    expect(shop.stale).toEqual(['a']);
    expect(await shop.log.figures(PLACE)).toMatchObject({ depth: 0, deadLetters: 1 });
    await workers.close(0);
  });
});

describe('workers together', () => {
  const deafShop = () => {
    const shop = new Workshop((clock) => new DeafLog(clock));
    return { shop, log: shop.log as DeafLog };
  };

  test('of a worker that hears nothing any more the log is taken over within its lease', async () => {
    const { shop, log } = deafShop();
    const one = shop.workers();
    one.open();
    await shop.clock.advance(0);
    // its second question is the last that is answered
    log.deaf.add('renew').add('attend');
    const other = shop.workers(new Proxy(log, withoutDeafness()));
    other.open();
    await shop.clock.advance(LEASE_MS);
    expect([one.figures('flock').owned, other.figures('flock').owned]).toEqual([0, 1]);
    await shop.append('a', '1');
    await shop.clock.advance(200);
    expect(shop.batches.map(({ context }) => context.fence)).toEqual([2]);
    await Promise.all([closed(shop, one), closed(shop, other)]);
  });

  test('one that hangs in its handler is told when the log is another’s, and then settles nothing', async () => {
    const { shop, log } = deafShop();
    await shop.append('a', '1');
    const ends: (() => void)[] = [];
    shop.handle = () => new Promise<void>((resolve) => ends.push(resolve));
    const one = shop.workers();
    one.open();
    await shop.clock.advance(0);
    const [first] = shop.batches;
    log.deaf.add('renew').add('attend');
    const other = shop.workers(new Proxy(log, withoutDeafness()));
    other.open();
    await shop.clock.advance(LEASE_MS);
    expect(first?.context.signal.aborted).toBe(true);
    expect(shop.batches).toHaveLength(2);
    ends[0]?.();
    await shop.clock.advance(0);
    expect(await shop.depth()).toBe(1);
    ends[1]?.();
    await shop.clock.advance(0);
    expect(await shop.depth()).toBe(0);
    await Promise.all([closed(shop, one), closed(shop, other)]);
  });

  test('one that was frozen hands nothing over when it wakes up', async () => {
    const shop = new Workshop();
    const one = shop.workers();
    one.open();
    await shop.clock.advance(0);
    await shop.append('a', '1');
    shop.clock.jump(LEASE_MS);
    const other = await shop.log.claim(PLACE, 'other', 60_000);
    await shop.clock.advance(1_000);
    expect(shop.batches).toEqual([]);
    expect(one.figures('flock').owned).toBe(0);
    if (other !== undefined) await shop.log.release(PLACE, other);
    await shop.clock.advance(1_000);
    expect(shop.handed).toEqual([['a=1']]);
    await closed(shop, one);
  });

  test('share the logs, also when some join and leave, and each log has one at any time', async () => {
    const partitions = 8;
    const shop = new Workshop(undefined, {}, regionOf('flock', partitions));
    const running = [shop.workers()];
    const owned = () => running.map((one) => one.figures('flock').owned);
    running[0]?.open();
    await shop.clock.advance(0);
    expect(owned()).toEqual([8]);
    for (let joined = 0; joined < 2; joined++) {
      const another = shop.workers();
      running.push(another);
      another.open();
    }
    await shop.clock.advance(LEASE_MS);
    expect([...owned()].sort()).toEqual([2, 3, 3]);
    await closed(shop, running.pop());
    await shop.clock.advance(LEASE_MS);
    expect(owned()).toEqual([4, 4]);
    for (let partition = 0; partition < partitions; partition++) await shop.append('a', '1', partition);
    await shop.clock.advance(200);
    expect(shop.batches.map(({ context }) => context.partition).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    await Promise.all(running.map((one) => closed(shop, one)));
  });
});

describe('a worker that closes', () => {
  test('empties its logs first, and gives them back', async () => {
    const shop = new Workshop(undefined, { batch: 1 });
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(0);
    for (const key of ['a', 'b', 'c']) await shop.append(key, '1');
    const closing = workers.close(1_000);
    await shop.clock.advance(0);
    await closing;
    expect(shop.handed.flat()).toEqual(['a=1', 'b=1', 'c=1']);
    expect(shop.said).toEqual([]);
    expect(await shop.log.claim(PLACE, 'other', 1_000)).toBeDefined();
    expect(shop.clock.timers).toBe(0);
  });

  test('says how much is left when its time is over, and tells the handler', async () => {
    const shop = new Workshop();
    for (const key of ['a', 'b']) await shop.append(key, '1');
    shop.handle = () => new Promise(() => undefined);
    const workers = shop.workers();
    workers.open();
    await shop.clock.advance(0);
    const closing = workers.close(1_000);
    await shop.clock.advance(999);
    expect(shop.batches[0]?.context.signal.aborted).toBe(false);
    await shop.clock.advance(1);
    await closing;
    expect(shop.batches[0]?.context.signal.aborted).toBe(true);
    expect(shop.said).toEqual([expect.stringContaining("2 writes of 'flock' wait for the database")]);
    expect(await shop.log.claim(PLACE, 'other', 1_000)).toBeDefined();
    expect(shop.clock.timers).toBe(0);
  });
});

/** The same log for somebody whose questions are answered. */
function withoutDeafness(): ProxyHandler<DeafLog> {
  return {
    get: (log, name) => {
      const owner = name === 'renew' || name === 'attend' ? LocalWriteLog.prototype : log;
      const value: unknown = Reflect.get(owner, name, log);
      return typeof value === 'function' ? (value.bind(log) as unknown) : value;
    },
  };
}

async function closed(
  shop: Workshop,
  workers: { close(ms: number): Promise<void> } | undefined,
): Promise<void> {
  const closing = workers?.close(0);
  await shop.clock.advance(500);
  await closing;
}
