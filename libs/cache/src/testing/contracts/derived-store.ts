import { strict as assert } from 'node:assert';
import type { DerivedPlace } from '../../contracts/derived-store.js';
import type { DerivedStoreSubject } from './derived-bench.js';
import { DerivedBench } from './derived-bench.js';
import { counting } from './derived-counting.js';
import type { Promises, Subjects, TestRunner } from './runner.js';
import { declareContract } from './runner.js';

const SHORT = 60;

const reads: Promises<DerivedBench> = {
  'gives nothing for what was never counted': (bench) => bench.assertGone(bench.place()),
  'gives all counters, whatever their names': async (bench) => {
    const numbers = { '': 1, e: 2, n: 3, 'it’s 50 %': 4, __proto: 5 };
    await bench.assertKept(await bench.filled(numbers), numbers);
  },
  'gives the highest of a ranking, exactly as they were counted': async (bench) => {
    const place = await bench.filled({ a: 20_000.123456789, b: -3.5, c: 1e-9, d: 20_000.1 }, 'ranking');
    assert.deepEqual(
      [...((await bench.store.read(place, 2)) ?? [])],
      [
        ['a', 20_000.123456789],
        ['d', 20_000.1],
      ],
    );
    assert.equal((await bench.store.read(place))?.get('c'), 1e-9);
  },
  'gives nothing after its life, however much it was used': async (bench) => {
    const place = await bench.filled({ a: 1 }, 'counters', { ttlMs: SHORT * 4 });
    for (let used = 0; used < 5; used++) {
      await bench.pass(SHORT);
      await bench.store.read(place);
      await bench.commit(place, await bench.begun(place), { a: 1 });
    }
    await bench.assertGone(place);
  },
  'gives nothing that means something else': async (bench) => {
    for (const kind of ['counters', 'ranking'] as const) {
      const place = await bench.filled({ a: 1 }, kind, { meaning: 'one' });
      const other = { ...place, meaning: 'another' };
      await bench.assertKept(place, { a: 1 });
      await bench.assertGone(other);
      assert.equal(await bench.commit(other, await bench.begun(other), { a: 1 }), false);
    }
  },
};

const changes: Promises<DerivedBench> = {
  'adds to counters, also what is new, and forgets those of nothing': async (bench) => {
    const place = await bench.filled({ yea: 2, nay: 1 });
    const deltas = { yea: 3, nay: -1, 'not voting': 7 };
    assert.equal(await bench.commit(place, await bench.begun(place), deltas), true);
    await bench.assertKept(place, { yea: 5, 'not voting': 7 });
  },
  'adds contributions to a ranking': async (bench) => {
    const place = await bench.filled({ a: 20_000, b: 19_000 }, 'ranking');
    // twice the same contribution is one step of the logarithm
    assert.equal(await bench.commit(place, await bench.begun(place), { a: 20_000, c: 20_000.5 }), true);
    await bench.assertKept(place, { a: 20_001, b: 19_000, c: 20_000.5 });
  },
  'that run side by side are each counted once': async (bench) => {
    const place = await bench.filled({});
    const changers = await Promise.all(Array.from({ length: 50 }, () => bench.begun(place)));
    await Promise.all(changers.map((changer) => bench.commit(place, changer, { yea: 1 })));
    await bench.assertKept(place, { yea: 50 });
  },
  'add nothing where nothing is kept': async (bench) => {
    const place = bench.place();
    assert.equal(await bench.commit(place, await bench.begun(place), { a: 1 }), false);
    await bench.assertGone(place);
  },
  'of which nobody knows what they did remove it': async (bench) => {
    const place = await bench.filled({ a: 1 });
    const changer = await bench.begun(place);
    await bench.assertKept(place, { a: 1 });
    assert.equal(await bench.commit(place, changer, null), false);
    await bench.assertGone(place);
    await bench.granted(place);
  },
  'that were not announced, or ended already, remove it': async (bench) => {
    const [one, other] = [await bench.filled({ a: 1 }), await bench.filled({ a: 1 })];
    assert.equal(await bench.commit(one, { token: bench.token(), subject: 'nobody' }, { a: 1 }), false);
    await bench.assertGone(one);
    const changer = await bench.begun(other);
    await bench.commit(other, changer, { a: 1 });
    assert.equal(await bench.commit(other, changer, { a: 1 }), false);
    await bench.assertGone(other);
  },
  'of a subject that has an unfinished one remove it, and both add nothing': async (bench) => {
    const place = await bench.filled({ a: 1 });
    const first = await bench.begun(place, 'who tries again');
    const second = await bench.begun(place, 'who tries again');
    await bench.assertGone(place);
    assert.equal((await bench.recount(place)).kind, 'changing');
    await bench.commit(place, second, { a: 1 });
    assert.equal((await bench.recount(place)).kind, 'changing');
    await bench.commit(place, first, { a: 1 });
    await bench.assertGone(place);
  },
  'that take longer than they may remove it, whoever comes first': async (bench) => {
    const places = await Promise.all([1, 2, 3, 4].map(() => bench.filled({ a: 1 })));
    const [read, begun, committed, ended] = places as [
      DerivedPlace,
      DerivedPlace,
      DerivedPlace,
      DerivedPlace,
    ];
    const other = await bench.begun(committed);
    await Promise.all(places.map((place) => bench.begun(place, 'who is gone', SHORT)));
    const late = await bench.begun(ended, 'who is late', SHORT);
    await bench.pass(SHORT * 2);
    await bench.assertGone(read);
    await bench.begun(begun);
    await bench.assertGone(begun);
    assert.equal(await bench.commit(committed, other, { a: 1 }), false);
    await bench.assertGone(committed);
    assert.equal((await bench.recount(ended)).kind, 'granted');
    assert.equal(await bench.commit(ended, late, { a: 1 }), false);
    assert.equal((await bench.recount(ended)).kind, 'granted');
  },
  'leave no count below nothing': async (bench) => {
    const place = await bench.filled({ a: 1 });
    assert.equal(await bench.commit(place, await bench.begun(place), { a: -2 }), false);
    await bench.assertGone(place);
  },
  'of counters with too many names remove them, of a ranking those that are lowest': async (bench) => {
    const counters = await bench.filled({ a: 1, b: 1 }, 'counters', { maxMembers: 2 });
    assert.equal(await bench.commit(counters, await bench.begun(counters), { c: 1 }), false);
    await bench.assertGone(counters);
    const ranking = await bench.filled({ a: 1, b: 2 }, 'ranking', { maxMembers: 2 });
    assert.equal(await bench.commit(ranking, await bench.begun(ranking), { c: 3 }), true);
    await bench.assertKept(ranking, { b: 2, c: 3 });
  },
};

/** What somebody else wrote in its place. */
function damaged(damage: (place: DerivedPlace) => Promise<void>): Promises<DerivedBench> {
  return {
    'is read as nothing, and replaced by the next count': async (bench) => {
      for (const kind of ['counters', 'ranking'] as const) {
        const place = bench.place(kind);
        await damage(place);
        await bench.assertGone(place);
        await damage(place);
        const right = await bench.granted(place);
        assert.equal(await bench.store.fill(place, right, new Map([['a', 1]])), true);
        await bench.assertKept(place, { a: 1 });
      }
    },
    'adds nothing': async (bench) => {
      const place = bench.place();
      const changer = await bench.begun(place);
      await damage(place);
      assert.equal(await bench.commit(place, changer, { a: 1 }), false);
      await bench.assertGone(place);
    },
  };
}

/**
 * Declares a test for every promise of the port `DerivedStore`. A store may be shared by all of them; each works on keys of its
 * own.
 */
export function derivedStoreContract(
  name: string,
  setup: Subjects<DerivedStoreSubject> & {
    /** Puts something that is no structure in the place of one. Without it that is not tested. */
    readonly damage?: (place: DerivedPlace) => Promise<void>;
  },
  runner?: TestRunner,
): void {
  const groups = {
    'a read': reads,
    'the right to count': counting,
    changes,
    ...(setup.damage && { 'what is no structure': damaged(setup.damage) }),
  };
  const benches: Subjects<DerivedBench> = {
    create: async () => new DerivedBench(await setup.create()),
    dispose: ({ subject }) => setup.dispose?.(subject),
  };
  declareContract(name, groups, benches, runner);
}
