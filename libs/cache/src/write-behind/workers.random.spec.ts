import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Grip, LogEntry, LogPlace, WriteLog } from '../contracts/write-log.js';
import type { FakeClock } from '../testing/fake-clock.js';
import { LocalWriteLog } from './local-write-log.js';
import type { Workers } from './workers.js';
import { Away, BadRow, LEASE_MS, regionOf, Workshop } from './workers.fixture.js';

const PARTITIONS = 2;
const KEYS = ['a', 'b', 'c', 'd'];

type Happening =
  | { readonly kind: 'write'; readonly key: string; readonly bad: boolean }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'freeze'; readonly ms: number }
  | { readonly kind: 'kill' | 'cut' | 'join' | 'leave' | 'break' | 'mend' };

const happenings: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      key: fc.constantFrom(...KEYS),
      bad: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 1_500 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('freeze' as const), ms: fc.integer({ min: 1, max: 8_000 }) }),
  },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'kill' as const }, { kind: 'cut' as const }) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'join' as const }, { kind: 'leave' as const }) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'break' as const }, { kind: 'mend' as const }) },
);

/** The way of one process to the log: cut, nothing gets through and nothing comes back; what was sent may still be executed. */
class Line {
  cut: 'no' | 'both ways' | 'answers' = 'no';

  to(log: WriteLog): WriteLog {
    return new Proxy(log, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        if (typeof method !== 'function') return method;
        return (...args: unknown[]) => {
          if (this.cut === 'both ways') return new Promise(() => undefined);
          const answer = method.apply(target, args);
          return this.cut === 'answers' ? new Promise(() => undefined) : answer;
        };
      },
    });
  }
}

/** Writers, workers that come, go, die and freeze, and a database that is sometimes away and takes only what is newer. */
class World {
  readonly shop: Workshop;
  readonly database = new Map<string, number>();
  readonly acknowledged = new Map<string, number>();
  readonly refused = new Set<number>();
  readonly broken: string[] = [];
  readonly #fences = new Map<number, number>();
  readonly #running: { readonly workers: Workers; readonly line: Line }[] = [];
  #away = false;

  constructor(Log: new (clock: FakeClock) => LocalWriteLog) {
    const region = regionOf('flock', PARTITIONS);
    this.shop = new Workshop((clock) => new Log(clock), { batch: 3 }, region);
    this.shop.handle = async (batch, { partition, fence, attempt }) => {
      // the way to the database takes its time, so that owners may change meanwhile
      await new Promise<void>((resolve) => this.shop.clock.after(30 * attempt, resolve));
      if (this.#away) throw new Away();
      if ((this.#fences.get(partition) ?? 0) > fence) throw new Away();
      this.#fences.set(partition, fence);
      if (batch.some(({ value }) => value === 'bad')) throw new BadRow();
      for (const { args, version } of batch) this.#apply(String(args[0]), version);
    };
    this.join();
    this.join();
  }

  join(): void {
    const line = new Line();
    const workers = this.shop.workers(line.to(this.shop.log));
    workers.open();
    this.#running.push({ workers, line });
  }

  async happen(one: Happening): Promise<void> {
    switch (one.kind) {
      case 'write':
        return this.#write(one.key, one.bad);
      case 'pass':
        return this.shop.clock.advance(one.ms);
      case 'freeze':
        return this.shop.clock.jump(one.ms);
      case 'break':
      case 'mend':
        this.#away = one.kind === 'break';
        return;
      case 'join':
        if (this.#running.length < 3) this.join();
        return;
      default:
        return this.#lose(one.kind);
    }
  }

  /** In the end all is well again, and one worker is left. */
  async settle(): Promise<void> {
    this.#away = false;
    this.join();
    await this.shop.clock.advance(LEASE_MS * 3);
    for (let partition = 0; partition < PARTITIONS; partition++)
      if ((await this.shop.depth(partition)) > 0) this.broken.push('a write stays in its log');
    for (const [key, version] of this.acknowledged)
      if ((this.database.get(key) ?? 0) < version) this.broken.push(`${key} is lost`);
    await Promise.all(this.#running.map(({ workers }) => workers.close(0)));
  }

  async #write(key: string, bad: boolean): Promise<void> {
    const partition = KEYS.indexOf(key) % PARTITIONS;
    const version = await this.shop.append(key, bad ? 'bad' : 'good', partition);
    if (!bad) this.acknowledged.set(key, version);
  }

  async #lose(how: 'kill' | 'cut' | 'leave'): Promise<void> {
    const gone = this.#running.shift();
    if (gone === undefined) return;
    if (how === 'leave') {
      const closing = gone.workers.close(100);
      await this.shop.clock.advance(600);
      return closing;
    }
    gone.line.cut = how === 'kill' ? 'both ways' : 'answers';
  }

  #apply(key: string, version: number): void {
    const before = this.database.get(key) ?? 0;
    if (version > before) this.database.set(key, version);
  }
}

async function play(Log: new (clock: FakeClock) => LocalWriteLog, story: readonly Happening[]) {
  const world = new World(Log);
  for (const one of story) await world.happen(one);
  await world.settle();
  return world.broken;
}

const stories = fc.array(happenings, { minLength: 5, maxLength: 60 });

/** Logs, or workers, that leave out one rule. */
const MUTANTS: Readonly<Record<string, new (clock: FakeClock) => LocalWriteLog>> = {
  'settles before the database has it': class extends LocalWriteLog {
    override async take(place: LogPlace, grip: Grip, count: number) {
      const taken = await super.take(place, grip, count);
      if (taken !== undefined) await super.settle(place, grip, taken);
      return taken;
    }
  },
  'gives a new owner only what is new': class extends LocalWriteLog {
    readonly #taken = new Map<number, string>();
    override async take(place: LogPlace, grip: Grip, count: number) {
      const key = place.partition;
      const taken = await super.take(place, grip, 1_000);
      const fresh = taken?.filter(({ seq }) => seq > (this.#taken.get(key) ?? '')).slice(0, count);
      const last = fresh?.at(-1)?.seq;
      if (last !== undefined) this.#taken.set(key, last);
      return fresh;
    }
  },
  'settles all that there is': class extends LocalWriteLog {
    override async settle(place: LogPlace, grip: Grip, _entries: readonly LogEntry[]) {
      return super.settle(place, grip, (await super.take(place, grip, 1_000)) ?? []);
    }
  },
};

describe('workers, whatever happens', () => {
  test('bring every acknowledged write to the database, and stop at nothing', async () => {
    await fc.assert(
      fc.asyncProperty(stories, async (story) => {
        expect(await play(LocalWriteLog, story)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  }, 120_000);

  test.each(Object.entries(MUTANTS))(
    'would not with a log that %s',
    async (_, Log) => {
      const check = await fc.check(
        fc.asyncProperty(stories, async (story) => (await play(Log, story)).length === 0),
        { numRuns: 150, endOnFailure: true },
      );
      expect(check.failed).toBe(true);
    },
    120_000,
  );
});
