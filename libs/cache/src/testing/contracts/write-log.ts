import { strict as assert } from 'node:assert';
import type { LogPlace } from '../../contracts/write-log.js';
import type { Promises, Subjects, TestRunner } from './runner.js';
import { declareContract } from './runner.js';
import { deadLetters } from './write-log-burials.js';
import type { WriteLogSubject } from './write-log-bench.js';
import { LONG, WriteLogBench } from './write-log-bench.js';
import { owning } from './write-log-owners.js';

/** Every byte there is. */
const BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1');

const appends: Promises<WriteLogBench> = {
  'keep every byte of a write, in the order of appending': async (bench) => {
    const place = bench.place();
    const first = bench.write('é{}:a', BYTES);
    const terms = { maxDepth: 10, floor: 0, deadline: Number.MAX_SAFE_INTEGER };
    await bench.log.append(place, first, terms);
    await bench.appended(place, 'b', '');
    const [one, other] = await bench.taken(place, await bench.claimed(place));
    assert.deepEqual([one?.id, one?.key, one?.replayed], [first.id, first.key, false]);
    assert.deepEqual([one?.args, one?.value], [first.args, first.value]);
    assert.deepEqual([other?.key, other?.value.length], ['b', 0]);
  },
  'give each write a higher version, as of the server’s clock in microseconds': async (bench) => {
    const place = bench.place();
    const now = bench.log.serverMicros(place);
    const versions: number[] = [];
    for (let i = 0; i < 20; i++) versions.push(await bench.appended(place, `k${i % 3}`));
    assert.deepEqual(
      versions,
      [...new Set(versions)].sort((a, b) => a - b),
    );
    assert.ok(Math.abs((versions[0] ?? 0) - now) < 60_000_000, 'the version is not the time');
    const taken = await bench.taken(place, await bench.claimed(place));
    assert.deepEqual(
      taken.map(({ version }) => version),
      versions,
    );
  },
  'give a version above what the writer knows, and later ones above that': async (bench) => {
    const place = bench.place();
    const floor = bench.log.serverMicros(place) + 3_600_000_000;
    assert.equal(await bench.appended(place, 'a', '1', { floor }), floor + 1);
    assert.ok((await bench.appended(place, 'b')) > floor + 1);
    assert.ok((await bench.log.issue(place, 0)) > floor + 2);
    const issued = await bench.log.issue(place, floor + 1_000);
    assert.ok(issued > floor + 1_000);
    assert.ok((await bench.appended(place, 'a')) > issued);
  },
  'take nothing when the log is full, and tell how full': async (bench) => {
    const place = bench.place();
    for (const key of ['a', 'b']) await bench.appended(place, key, key, { maxDepth: 2 });
    assert.deepEqual(await bench.append(place, 'c', 'c', { maxDepth: 2 }), { kind: 'full', depth: 2 });
    assert.equal(await bench.read(place, 'c'), undefined);
    assert.equal((await bench.log.figures(place)).depth, 2);
  },
  'never make room by themselves': async (bench) => {
    const place = bench.place();
    for (let i = 0; i < 300; i++) await bench.appended(place, 'k', String(i));
    assert.equal((await bench.taken(place, await bench.claimed(place), 1_000)).length, 300);
  },
  'write nothing when their time is over': async (bench) => {
    const place = bench.place();
    const now = bench.log.serverMicros(place);
    await bench.appended(place, 'a', 'old', { floor: now + LONG * 1_000 });
    const late = await bench.append(place, 'a', 'new', { deadline: now + LONG * 1_000 });
    assert.deepEqual([late.kind, await bench.read(place, 'a')], ['late', 'old']);
    assert.equal((await bench.log.figures(place)).depth, 1);
  },
};

const reads: Promises<WriteLogBench> = {
  'see the newest write of a key, and nothing of others': async (bench) => {
    const place = bench.place();
    for (const value of ['1', '2']) await bench.appended(place, 'a', value);
    const version = await bench.appended(place, 'a', BYTES);
    const seen = await bench.log.unsettled(place, 'a');
    assert.deepEqual([seen?.version, seen?.value.toString('latin1')], [version, BYTES]);
    assert.equal(await bench.read(place, 'b'), undefined);
    assert.equal(await bench.read({ ...place, partition: 2 }, 'a'), undefined);
  },
  'do not see deltas': async (bench) => {
    const place = bench.place();
    await bench.appended(place, 'a', 'delta', { marks: false });
    assert.equal(await bench.read(place, 'a'), undefined);
  },
  'see nothing that is settled, and what came after it': async (bench) => {
    const place = bench.place();
    const grip = await bench.claimed(place);
    await bench.appended(place, 'a', '1');
    await bench.appended(place, 'b', '1');
    const taken = await bench.taken(place, grip);
    await bench.appended(place, 'a', '2');
    assert.equal(await bench.log.settle(place, grip, taken), true);
    assert.deepEqual([await bench.read(place, 'a'), await bench.read(place, 'b')], ['2', undefined]);
  },
  'see nothing that the database has a newer value of': async (bench) => {
    const place = bench.place();
    const version = await bench.appended(place, 'a', '1');
    await bench.log.overtake(place, 'a', version);
    assert.equal(await bench.read(place, 'a'), '1');
    await bench.log.overtake(place, 'a', version + 1);
    await bench.log.overtake(place, 'none', version + 1);
    assert.equal(await bench.read(place, 'a'), undefined);
    assert.equal((await bench.log.figures(place)).depth, 1);
    await bench.appended(place, 'a', '2');
    assert.equal(await bench.read(place, 'a'), '2');
  },
};

const figures: Promises<WriteLogBench> = {
  'tell depth, age of the oldest and dead letters': async (bench) => {
    const place = bench.place();
    assert.deepEqual(await bench.log.figures(place), { depth: 0, oldest: undefined, deadLetters: 0 });
    const oldest = await bench.appended(place, 'a');
    await bench.appended(place, 'b');
    assert.deepEqual(await bench.log.figures(place), { depth: 2, oldest, deadLetters: 0 });
  },
  'say into how many logs a region is divided, whoever asked first': async (bench) => {
    const region = bench.region();
    assert.equal(await bench.log.partitions(region, 8), 8);
    assert.equal(await bench.log.partitions(region, 4), 8);
    assert.equal(await bench.log.partitions(bench.region(), 4), 4);
  },
};

/** What somebody else wrote in the place of a log. */
function damaged(damage: (place: LogPlace) => Promise<void>): Promises<WriteLogBench> {
  return {
    'is nothing, and stops nobody': async (bench) => {
      const place = bench.place();
      await damage(place);
      assert.equal(await bench.read(place, 'a'), undefined);
      await damage(place);
      await bench.appended(place, 'a', '1');
      assert.equal(await bench.read(place, 'a'), '1');
      const grip = await bench.claimed(place);
      const taken = await bench.taken(place, grip);
      assert.equal(await bench.log.settle(place, grip, taken), true);
      assert.equal((await bench.log.figures(place)).depth, 0);
    },
  };
}

/** Declares a test for every promise of the port `WriteLog`. The logs may be shared by all of them; each works in places of its own. */
export function writeLogContract(
  name: string,
  setup: Subjects<WriteLogSubject> & {
    /** Puts something else in the place of all that a log consists of. Without it that is not tested. */
    readonly damage?: (place: LogPlace) => Promise<void>;
  },
  runner?: TestRunner,
): void {
  const groups = {
    appends,
    reads,
    'an owner': owning,
    'dead letters': deadLetters,
    figures,
    ...(setup.damage && { 'what is no log': damaged(setup.damage) }),
  };
  const benches: Subjects<WriteLogBench> = {
    create: async () => new WriteLogBench(await setup.create()),
    dispose: ({ subject }) => setup.dispose?.(subject),
  };
  declareContract(name, groups, benches, runner);
}
