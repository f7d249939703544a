import { expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { resolveOptions } from '../cache.options.js';
import { Counters } from '../contracts/derived.js';
import type { Changer, DerivedPlace, DerivedStore, Numbers } from '../contracts/derived-store.js';
import { silentRecorder, silentReporter } from '../contracts/events.js';
import { FakeClock } from '../testing/fake-clock.js';
import { FaultyDerivedStore } from '../testing/faults/faulty-derived-store.js';
import { MemoryChannel } from '../testing/memory/memory-channel.js';
import { MemoryStore } from '../testing/memory/memory-store.js';
import { CacheService } from './cache-service.js';
import { Engine } from './engine.js';

jest.setTimeout(120_000);

const tally = new Counters<[]>('tally', { ttl: '1h' });
const MAX_WRITE_MS = 400;
const { engine: options } = resolveOptions({ maxWrite: MAX_WRITE_MS, redisBudget: '20ms', leaseWait: '1s' });

/** What one position was when, in the database. */
interface Row {
  readonly from: number;
  readonly position: string;
}

/** A database of one vote per member, and what each read of the counts may say. */
class Votes {
  readonly #rows = new Map<string, Row[]>();
  readonly #acknowledged = new Map<string, number>();
  #moment = 0;

  tick(): number {
    return ++this.#moment;
  }

  write(member: string, position: string): { before: string | undefined; at: number } {
    const rows = this.#rows.get(member) ?? [];
    const before = rows.at(-1)?.position;
    const at = this.tick();
    this.#rows.set(member, [...rows, { from: at, position }]);
    return { before, at };
  }

  acknowledge(member: string, at: number): void {
    this.#acknowledged.set(member, Math.max(at, this.#acknowledged.get(member) ?? 0));
  }

  count(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const rows of this.#rows.values()) {
      const { position } = rows.at(-1) as Row;
      counts[position] = (counts[position] ?? 0) + 1;
    }
    return counts;
  }

  /** What is acknowledged now: a read that begins must see it. */
  floor(): ReadonlyMap<string, number> {
    return new Map(this.#acknowledged);
  }

  /** Why a read that began with `floor` and ends now cannot have counted this; `undefined` when it can. */
  judge(counted: Readonly<Record<string, number>>, floor: ReadonlyMap<string, number>): string | undefined {
    for (const position of ['yea', 'nay']) {
      const possible = [...this.#rows].map(([member, rows]) => this.#since(rows, floor.get(member) ?? 0));
      const least = possible.filter((some) => some.length === 1 && some[0] === position).length;
      const most = possible.filter((some) => some.includes(position)).length;
      const got = counted[position] ?? 0;
      if (got < least || got > most) return `${position}: ${got} is not ${least} to ${most}`;
    }
    return undefined;
  }

  /** The positions of a member that a read may see: nothing that was replaced before what it must see. */
  #since(rows: readonly Row[], floor: number): (string | undefined)[] {
    const before = rows.filter(({ from }) => from <= floor).at(-1);
    return [before?.position, ...rows.filter(({ from }) => from > floor).map(({ position }) => position)];
  }
}

/** One thing that somebody does, and how long its steps take. */
interface Deed {
  readonly after: number;
  readonly process: number;
  readonly member: string;
  readonly what: 'read' | 'vote' | 'dies' | 'cut off' | 'fails';
  readonly position: string;
  readonly toDatabase: number;
  readonly fromDatabase: number;
}

const deed: fc.Arbitrary<Deed> = fc.record({
  after: fc.constantFrom(0, 0, 1, 3, 10, 120, 500),
  process: fc.constantFrom(0, 1),
  member: fc.constantFrom('a', 'b', 'c'),
  what: fc.constantFrom('read', 'read', 'read', 'vote', 'vote', 'vote', 'dies', 'cut off', 'fails'),
  position: fc.constantFrom('yea', 'nay'),
  toDatabase: fc.constantFrom(0, 1, 5),
  fromDatabase: fc.constantFrom(0, 1, 5, 200),
});

type MakeStore = (memory: MemoryStore) => DerivedStore;

/** Plays deeds in two processes; gives what reads answered that they must not. */
async function play(deeds: readonly Deed[], makeStore: MakeStore): Promise<string[]> {
  const clock = new FakeClock();
  const memory = new MemoryStore(clock);
  const votes = new Votes();
  const wrong: string[] = [];
  const shared = makeStore(memory);
  const processes = [0, 1].map(() => {
    const derived = new FaultyDerivedStore(shared, clock);
    const backend = { store: memory, channel: new MemoryChannel(memory), derived };
    const ports = { clock, recorder: silentRecorder, reporter: silentReporter, shared: backend };
    const engine = new Engine(ports, options);
    return { cache: new CacheService(engine), derived, engine };
  });
  const wait = (ms: number) => (ms === 0 ? Promise.resolve() : sleep(clock, ms));

  const read = async ({ process, toDatabase, fromDatabase }: Deed) => {
    const floor = votes.floor();
    const counted = await processes[process]?.cache.counts(tally, [], async () => {
      await wait(toDatabase);
      const counts = votes.count();
      await wait(fromDatabase);
      return counts;
    });
    const verdict = votes.judge(counted ?? {}, floor);
    if (verdict !== undefined) wrong.push(verdict);
  };

  const vote = async (one: Deed, process = one.process, again = false): Promise<void> => {
    const { member, position, what } = one;
    const { cache, derived, engine } = processes[process] as (typeof processes)[number];
    let at = 0;
    const work = cache.change([tally.at()], { subject: member }, async (change) => {
      await wait(one.toDatabase);
      const written = votes.write(member, position);
      at = written.at;
      if (what === 'dies' && !again) await new Promise(() => undefined);
      if (what === 'cut off') derived.faults.fail();
      await wait(one.fromDatabase);
      if (what === 'fails' && !again) throw new Error('the answer was lost');
      if (written.before === position) return;
      change.add(tally.at(), { [position]: 1, ...(written.before && { [written.before]: -1 }) });
    });
    if (what === 'dies' && !again) {
      void work;
      await wait(50);
      // nobody answered: it is sent again, through the other process
      return vote(one, 1 - process, true);
    }
    await work.catch(() => undefined);
    if (what === 'cut off') {
      derived.faults.heal();
      await engine.partitions.named('default').delivery?.resume({ promoted: false, owns: () => true });
    }
    if (what !== 'fails') votes.acknowledge(member, at);
  };

  const running: Promise<unknown>[] = [];
  for (const one of deeds) {
    await clock.advance(one.after);
    running.push(one.what === 'read' ? read(one) : vote(one));
  }
  let done = false;
  void Promise.all(running).then(() => (done = true));
  for (let i = 0; i < 400 && !done; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(10);
  }
  if (!done) wrong.push('something never ended');
  await clock.advance(MAX_WRITE_MS + 1);
  const quiet = {
    after: 0,
    process: 0,
    member: 'a',
    what: 'read',
    position: '',
    toDatabase: 0,
    fromDatabase: 0,
  };
  for (const process of [0, 1]) await read({ ...quiet, process } as Deed);
  return wrong;
}

function sleep(clock: FakeClock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

const deeds = fc.array(deed, { minLength: 2, maxLength: 25 });
const RUNS = { numRuns: 250, seed: 20_261_125 };

test('no read ever answers what it must not, whatever is changed, dies or is cut off meanwhile', async () => {
  const property = fc.asyncProperty(deeds, async (some) => {
    expect(await play(some, (memory) => memory.derived)).toEqual([]);
  });
  await fc.assert(property, RUNS);
});

/** Stores that break one rule each. */
const MUTANTS: Readonly<Record<string, (inner: DerivedStore) => Partial<DerivedStore>>> = {
  'second attempts are not known': (inner) => ({
    begin: (place, { token }, how) => inner.begin(place, { token, subject: token }, how),
  }),
  'changes that lapse are no matter': (inner) => ({
    begin: (place, changer, how) => inner.begin(place, changer, { ...how, maxWriteMs: 1e9 }),
    recount: (place, request) => inner.recount(place, request),
  }),
  'a change that failed is added as if it had done nothing': (inner) => ({
    commit: (place, changer, deltas) => inner.commit(place, changer, deltas ?? new Map()),
  }),
  'a count is kept beside changes': (inner) => {
    const kept = new Map<string, Numbers>();
    const fill: DerivedStore['fill'] = async (place: DerivedPlace, right, numbers) => {
      kept.set(place.key, numbers);
      return inner.fill(place, right, numbers);
    };
    const read: DerivedStore['read'] = async (place, limit) =>
      (await inner.read(place, limit)) ?? kept.get(place.key);
    return { fill, read };
  },
  'a removal removes nothing': () => ({ drop: () => Promise.resolve() }),
  'a change is added twice': (inner) => ({
    commit: async (place: DerivedPlace, changer: Changer, deltas: Numbers | null) => {
      const twice = deltas && new Map([...deltas].map(([name, number]) => [name, 2 * number]));
      return inner.commit(place, changer, twice);
    },
  }),
};

test.each(Object.keys(MUTANTS))('a store is found out where %s', async (name) => {
  const found = async (some: readonly Deed[]) => {
    const makeStore = ({ derived }: MemoryStore) => {
      const inner: DerivedStore = {
        read: (...args) => derived.read(...args),
        recount: (...args) => derived.recount(...args),
        fill: (...args) => derived.fill(...args),
        renew: (...args) => derived.renew(...args),
        release: (...args) => derived.release(...args),
        begin: (...args) => derived.begin(...args),
        commit: (...args) => derived.commit(...args),
        drop: (...args) => derived.drop(...args),
      };
      return { ...inner, ...MUTANTS[name]?.(inner) };
    };
    return (await play(some, makeStore)).length > 0;
  };
  const result = await fc.check(
    fc.asyncProperty(deeds, async (some) => !(await found(some))),
    { ...RUNS, numRuns: 600, endOnFailure: true },
  );
  expect(result.failed).toBe(true);
});
