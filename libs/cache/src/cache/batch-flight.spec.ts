import { describe, expect, test } from '@jest/globals';
import { EventLog } from '../../../../test/support/fleet.js';
import { FakeClient, FakeServer } from '../../../../test/support/fleet-server.js';
import { resolveOptions } from '../cache.options.js';
import { silentReporter } from '../contracts/events.js';
import { Region } from '../contracts/region.js';
import { FakeClock } from '../testing/fake-clock.js';
import { CacheService } from './cache-service.js';
import { Engine } from './engine.js';

const seeds = new Region<[id: string], string>('seeds', {});
const KEY = (id: string) => `seeds:s1:${id}`;
/** How long a batch waits for what others load, in milliseconds. */
const WAIT_MS = 1_000;

/** Something that one side waits for and the other gives. */
function signal() {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give };
}

/** Processes around one server, whose clocks run together. */
function fleet() {
  const clocks: FakeClock[] = [];
  const server = new FakeServer(() => clocks[0]?.wall() ?? 0);
  const pass = async (ms: number) => {
    for (let left = ms; left >= 0; left -= 10)
      for (const clock of clocks) await clock.advance(Math.min(10, left));
  };
  const start = async (name: string, place?: 'memory only') => {
    const clock = new FakeClock();
    clocks.push(clock);
    const client = new FakeClient(server);
    const log = new EventLog();
    const shared = place === undefined ? { shared: { store: client, channel: client } } : {};
    const engine = new Engine(
      { clock, recorder: log, reporter: silentReporter, ...shared },
      resolveOptions({ leaseWait: WAIT_MS }).engine,
    );
    engine.open();
    await clock.advance(0);
    const cache = new CacheService(engine);
    /** The keys that the loaders of batches were asked for, call by call. */
    const calls: string[] = [];
    const batch = (ids: string, until: Promise<unknown> = Promise.resolve()) =>
      cache.getOrSetMany(
        seeds,
        [...ids].map((id) => [id] as [string]),
        async (missing) => {
          calls.push(missing.map(([id]) => id).join(''));
          await until;
          return missing.map(([id]) => `${id} of ${name}`);
        },
      );
    const single = (id: string, until: Promise<unknown> = Promise.resolve()) =>
      cache.getOrSet(seeds, [id], async () => {
        await until;
        return `${id} alone`;
      });
    return { clock, client, log, engine, cache, calls, batch, single };
  };
  return { server, start, pass };
}

describe('a batch and what other processes load', () => {
  test('waits for it, and loads only what nobody else does', async () => {
    const { start, pass } = fleet();
    const [one, other] = [await start('one'), await start('other')];
    const gate = signal();
    const first = one.batch('ab', gate.given);
    await pass(0);
    const second = other.batch('bc');
    await pass(100);
    expect(other.calls).toEqual(['c']);
    gate.give();
    await pass(20);
    expect(await Promise.all([first, second])).toEqual([
      ['a of one', 'b of one'],
      ['b of one', 'c of other'],
    ]);
    expect([one.calls, other.calls]).toEqual([['ab'], ['c']]);
    expect([other.log.count('redis-hit'), other.log.count('loaded')]).toEqual([1, 1]);
  });

  test('has stored what it loaded itself before it waits: two that want each other’s keys do not wait for ever', async () => {
    const { server, start, pass } = fleet();
    const [one, other] = [await start('one'), await start('other')];
    one.client.hold('commands');
    other.client.hold('commands');
    const values = [one.batch('ab'), other.batch('ba')];
    await pass(0);
    for (const { client } of [one, other]) {
      client.resume('commands');
      client.hold('commands');
    }
    await pass(0);
    // each gets the lease of its first key before it asks for that of its second
    one.client.resumeOne('commands');
    other.client.resumeOne('commands');
    await pass(0);
    expect([...server.leases.keys()]).toEqual([KEY('a'), KEY('b')]);
    one.client.resume('commands');
    other.client.resume('commands');
    await pass(50);
    expect(await Promise.all(values)).toEqual([
      ['a of one', 'b of other'],
      ['b of other', 'a of one'],
    ]);
    expect([one.calls, other.calls]).toEqual([['a'], ['b']]);
  });

  test('loads in one more call, without storing, what did not come within leaseWait', async () => {
    const { server, start, pass } = fleet();
    const one = await start('one');
    server.leases.set(KEY('b'), 'of another');
    server.leases.set(KEY('c'), 'of another');
    const values = one.batch('abc');
    await pass(WAIT_MS - 50);
    expect(one.calls).toEqual(['a']);
    await pass(100);
    expect(await values).toEqual(['a of one', 'b of one', 'c of one']);
    expect(one.calls).toEqual(['a', 'bc']);
    expect(one.log.of('unstored')).toEqual(Array(2).fill({ type: 'unstored', why: 'waited' }));
    expect([...server.values.keys()]).toEqual([KEY('a')]);
    expect(server.leases.get(KEY('b'))).toBe('of another');
  });

  test('waits once, not once for each key, and asks for one lease at a time', async () => {
    const { server, start, pass } = fleet();
    const one = await start('one');
    const ids = 'abcdefghijklmnopqrstuvwxyz';
    for (const id of ids) server.leases.set(KEY(id), 'of another');
    const values = one.batch(ids);
    await pass(WAIT_MS + 50);
    expect(await values).toHaveLength(ids.length);
    expect(one.client.sent.lease).toBeLessThan(ids.length + WAIT_MS / 8);
    expect(one.calls).toEqual([ids]);
  });

  test('hands each key on when it comes, in whatever order', async () => {
    const { start, pass } = fleet();
    const [one, other] = [await start('one'), await start('other')];
    const gates = [...'abc'].map((id) => ({ id, ...signal() }));
    void gates.map(({ id, given }) => other.single(id, given));
    await pass(0);
    const values = one.batch('abc');
    await pass(0);
    for (const { id, give } of gates.reverse()) {
      const joined = one.single(id);
      await pass(50);
      give();
      await pass(20);
      expect(await joined).toBe(`${id} alone`);
    }
    expect(await values).toEqual(['a alone', 'b alone', 'c alone']);
    expect(one.calls).toEqual([]);
  });

  test('loads it, and gives back the lease that falls to it, when whoever loaded it has died', async () => {
    const { server, start, pass } = fleet();
    const one = await start('one');
    server.leases.set(KEY('b'), 'of a dead one');
    const values = one.batch('ab');
    await pass(200);
    server.leases.delete(KEY('b'));
    await pass(50);
    expect(await values).toEqual(['a of one', 'b of one']);
    expect(one.calls).toEqual(['a', 'b']);
    expect([[...server.values.keys()], server.leases.size]).toEqual([[KEY('a')], 0]);
  });

  test('notices at once that whoever loaded many keys has died', async () => {
    const { server, start, pass } = fleet();
    const one = await start('one');
    const ids = 'abcdefghijklmnopqrstuvwxyz';
    for (const id of ids) server.leases.set(KEY(id), 'of a dead one');
    const values = one.batch(ids);
    await pass(200);
    expect(one.calls).toEqual([]);
    server.leases.clear();
    await pass(20);
    expect(await values).toHaveLength(ids.length);
    expect([one.calls, server.leases.size]).toEqual([[ids], 0]);
  });

  test('loads without storing what turned out to be written to while it waited, and what it lost sight of', async () => {
    const { server, start, pass } = fleet();
    const one = await start('one');
    server.leases.set(KEY('a'), 'of another');
    server.leases.set(KEY('b'), 'of another');
    const values = one.batch('ab');
    await pass(50);
    const { lease } = one.client;
    one.client.lease = async (key, right) => (key === KEY('a') ? { kind: 'writing' } : lease(key, right));
    await pass(50);
    one.client.leave();
    await pass(50);
    expect(await values).toEqual(['a of one', 'b of one']);
    expect(one.calls).toEqual(['ab']);
    expect(one.log.of('unstored').map(({ why }) => why)).toEqual(['writing', 'unavailable']);
  });

  test('replaces what is stored but cannot be read', async () => {
    const { server, start, pass } = fleet();
    const one = await start('one');
    server.values.set(KEY('a'), Buffer.from('x'.repeat(200)));
    expect(await one.batch('ab')).toEqual(['a of one', 'b of one']);
    await pass(0);
    expect([one.client.sent.lease, one.log.count('invalid-entry')]).toEqual([2, 1]);
    const other = await start('other');
    expect(await other.batch('ab')).toEqual(['a of one', 'b of one']);
    expect(other.calls).toEqual([]);
  });

  test('takes what another has stored between its read and its lease', async () => {
    const { start, pass } = fleet();
    const [one, other] = [await start('one'), await start('other')];
    one.client.hold('commands');
    const values = one.batch('a');
    await pass(0);
    one.client.resume('commands');
    one.client.hold('commands');
    await pass(0);
    await other.batch('a');
    await pass(0);
    one.client.resume('commands');
    expect(await values).toEqual(['a of other']);
    expect(one.calls).toEqual([]);
  });
});

describe.each([undefined, 'memory only' as const])(
  'a batch and flights in the same process (%s)',
  (place) => {
    test('those who join a key that it waits for or loads get its value', async () => {
      const { server, start, pass } = fleet();
      const one = await start('one', place);
      server.leases.set(KEY('b'), 'of another');
      const gate = signal();
      const values = one.batch('ab', gate.given);
      await pass(0);
      const joined = [one.single('a'), one.single('b'), one.batch('ba')];
      gate.give();
      await pass(WAIT_MS + 50);
      expect(await Promise.all([values, ...joined])).toEqual([
        ['a of one', 'b of one'],
        'a of one',
        'b of one',
        ['b of one', 'a of one'],
      ]);
    });

    test('loads in one more call, without storing, what a flight that it joined failed to bring', async () => {
      const { start, pass } = fleet();
      const one = await start('one', place);
      const gate = signal();
      const failing = one.single(
        'a',
        gate.given.then(() => Promise.reject(new Error('no seeds'))),
      );
      await pass(0);
      const values = one.batch('ab');
      await pass(0);
      gate.give();
      await expect(failing).rejects.toThrow('no seeds');
      expect(await values).toEqual(['a of one', 'b of one']);
      expect(one.calls).toEqual(['b', 'a']);
      await one.engine.flights.settled();
      expect(await one.cache.getMany(seeds, [['a'], ['b']])).toEqual([undefined, 'b of one']);
    });

    test('when its loader fails, does not call it again for what did not come from others', async () => {
      const { start, pass } = fleet();
      const one = await start('one', place);
      const gate = signal();
      const failing = one.single(
        'a',
        gate.given.then(() => Promise.reject(new Error('no seeds'))),
      );
      await pass(0);
      const values = one.batch('ab', Promise.reject(new Error('no more seeds')));
      await expect(values).rejects.toThrow('no more seeds');
      gate.give();
      await expect(failing).rejects.toThrow('no seeds');
      await pass(0);
      expect(one.calls).toEqual(['b']);
      expect(one.log.count('load-error')).toBe(3);
    });
  },
);

describe('a batch and a flight that an evict overtook', () => {
  /** A single load of `a` that an evict overtakes, and a batch that has joined it before. */
  const overtaken = async () => {
    const { server, start, pass } = fleet();
    const [one, other] = [await start('one'), await start('other')];
    const gate = signal();
    const first = one.single('a', gate.given);
    await pass(0);
    const evict = async () => {
      await other.cache.evict(seeds, [['a']]);
      await pass(0);
    };
    return { server, start, pass, one, first, evict, gate };
  };

  test('joins the next one', async () => {
    const { one, first, evict, gate, pass } = await overtaken();
    const values = one.batch('ab');
    await pass(0);
    await evict();
    const next = one.single('a');
    gate.give();
    await pass(50);
    expect(await Promise.all([first, next, values])).toEqual(['a alone', 'a alone', ['a alone', 'b of one']]);
    expect(one.calls).toEqual(['b']);
  });

  test('loads in one more call, without storing, where there is no next one', async () => {
    const { server, one, first, evict, gate, pass } = await overtaken();
    const values = one.batch('ab');
    await pass(0);
    await evict();
    gate.give();
    await first;
    expect(await values).toEqual(['a of one', 'b of one']);
    expect(one.calls).toEqual(['b', 'a']);
    expect([...server.values.keys()]).toEqual([KEY('b')]);
  });

  test('loads in one more call, without storing, what an evict overtook twice', async () => {
    const { server, one, first, evict, gate, pass } = await overtaken();
    const values = one.batch('ab');
    await pass(0);
    await evict();
    const later = signal();
    const next = one.single('a', later.given);
    await pass(0);
    gate.give();
    await pass(0);
    await evict();
    later.give();
    await Promise.all([first, next]);
    expect(await values).toEqual(['a of one', 'b of one']);
    expect(one.calls).toEqual(['b', 'a']);
    expect([...server.values.keys()]).toEqual([KEY('b')]);
  });

  test('does not join one that may wait for it: two batches do not wait for each other', async () => {
    const { server, one, first, evict, gate, pass } = await overtaken();
    for (const id of ['x', 'y']) server.leases.set(KEY(id), 'of another');
    const values = one.batch('ax');
    await pass(0);
    await evict();
    server.leases.set(KEY('a'), 'of another');
    // flies `a`, for which it will wait in vain, and has joined `x`, for which the first batch does
    const others = one.batch('xa');
    gate.give();
    await first;
    await pass(2 * WAIT_MS + 100);
    expect(await Promise.all([values, others])).toEqual([
      ['a of one', 'x of one'],
      ['x of one', 'a of one'],
    ]);
  });
});
