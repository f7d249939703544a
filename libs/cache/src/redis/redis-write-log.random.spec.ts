import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { RedisServer } from '../../../../test/support/redis-server.js';
import type { Grip, LogEntry, LogPlace, WriteLog } from '../contracts/write-log.js';
import { FakeClock } from '../testing/fake-clock.js';
import { LocalWriteLog } from '../write-behind/local-write-log.js';
import { openedPartition } from './partition.fixture.js';
import type { RedisPartition } from './redis-partition.js';

jest.setTimeout(120_000);

const LONG = 600_000;

let server: RedisServer;
let redis: RedisPartition;

beforeAll(async () => {
  server = await RedisServer.start();
  redis = await openedPartition({ url: server.url });
});

afterAll(async () => {
  await redis.close();
  await server.stop();
});

/** One log with all who use it, and what they remember. Versions, places and fences are told by their rank. */
class Usage {
  readonly place: LogPlace = { region: `flock.${randomUUID()}`, partition: 0 };
  readonly grips = new Map<string, Grip>();
  first: Grip | undefined;
  readonly versions: number[] = [];
  readonly letters: string[] = [];
  taken: readonly LogEntry[] = [];

  constructor(readonly log: WriteLog) {}

  /** `'ghost'` is a finch that has not noticed that it lost the log. */
  grip(owner: string): Grip {
    if (owner === 'ghost') return this.first ?? { owner: 'finch', fence: 0 };
    return this.grips.get(owner) ?? { owner, fence: 0 };
  }

  /** The n-th version that was given out, in turn. */
  version(n: number): number {
    return this.versions[n % Math.max(1, this.versions.length)] ?? 0;
  }

  told(entry: LogEntry) {
    const { id, key, args, value, version, replayed } = entry;
    return [id, key, args.toString('hex'), value.toString('hex'), this.versions.indexOf(version), replayed];
  }
}

/** What somebody does with a log, and what he learns from it. */
type Deed = (usage: Usage) => Promise<unknown>;

const owner = fc.constantFrom('finch', 'wren');
/** Mostly the one who has the log. */
const user = fc.constantFrom('finch', 'finch', 'finch', 'finch', 'wren', 'wren', 'ghost');
const key = fc.constantFrom('a', 'b', 'é');
const some = fc.nat({ max: 5 });
const bytes = fc.uint8Array({ maxLength: 4 }).map((array) => Buffer.from(array));

const append = fc
  .tuple(key, bytes, fc.boolean(), fc.integer({ min: 4, max: 9 }))
  .map(([name, value, marks, maxDepth]): Deed => async (usage) => {
    const write = { id: `${usage.versions.length}`, key: name, args: value, value, marks };
    const terms = { maxDepth, floor: usage.versions.at(-1) ?? 0, deadline: Number.MAX_SAFE_INTEGER };
    const reply = await usage.log.append(usage.place, write, terms);
    if (reply.kind !== 'appended') return reply;
    const rises = reply.version > (usage.versions.at(-1) ?? 0);
    usage.versions.push(reply.version);
    return rises;
  });
const issue = fc.constant<Deed>(async (usage) => {
  const before = usage.versions.at(-1) ?? 0;
  usage.versions.push(await usage.log.issue(usage.place, 0));
  return (usage.versions.at(-1) ?? 0) > before;
});
const late = key.map((name): Deed => async ({ log, place, versions }) => {
  const write = { id: 'late', key: name, args: Buffer.alloc(0), value: Buffer.alloc(0), marks: true };
  return log.append(place, write, { maxDepth: 99, floor: 0, deadline: versions.at(-1) ?? 0 });
});
const unsettled = key.map((name): Deed => async ({ log, place, versions }) => {
  const found = await log.unsettled(place, name);
  return found && [versions.indexOf(found.version), found.value.toString('hex')];
});
const overtake = fc.tuple(key, fc.nat(), fc.nat({ max: 1 })).map(
  ([name, n, more]): Deed =>
    (usage) =>
      usage.log.overtake(usage.place, name, usage.version(n) + more),
);
const claim = owner.map((name): Deed => async ({ log, place, grips }) => {
  const grip = await log.claim(place, name, LONG);
  const highest = Math.max(0, ...[...grips.values()].map(({ fence }) => fence));
  const was = grips.get(name)?.fence;
  if (grip !== undefined) grips.set(name, grip);
  return grip && (grip.fence > highest ? 'higher' : grip.fence === was && 'the same');
});
const release = user.map(
  (name): Deed =>
    (usage) =>
      usage.log.release(usage.place, usage.grip(name)),
);
const renew = user.map(
  (name): Deed =>
    (usage) =>
      usage.log.renew(usage.place, usage.grip(name), LONG),
);
const take = fc.tuple(user, some).map(([name, count]): Deed => async (usage) => {
  const taken = await usage.log.take(usage.place, usage.grip(name), count + 1);
  usage.taken = taken ?? usage.taken;
  return taken?.map((entry) => usage.told(entry));
});
const settle = fc.tuple(user, some).map(
  ([name, from]): Deed =>
    (usage) =>
      usage.log.settle(usage.place, usage.grip(name), usage.taken.slice(from % 2, from + 1)),
);
const bury = fc.tuple(user, some).map(([name, n]): Deed => async (usage) => {
  const entry = usage.taken[n];
  return entry && usage.log.bury(usage.place, usage.grip(name), entry, `reason ${n}`);
});
const list = fc.tuple(some, some).map(([after, limit]): Deed => async (usage) => {
  const letters = await usage.log.deadLetters(usage.place, usage.letters[after], limit + 1);
  for (const { seq } of letters) if (!usage.letters.includes(seq)) usage.letters.push(seq);
  return letters.map((letter) => [letter.reason, ...usage.told(letter)]);
});
const replay = fc.tuple(some, some).map(
  ([from, to]): Deed =>
    ({ log, place, letters }) =>
      log.replay(place, letters.slice(from, to)),
);
const drop = some.map(
  (n): Deed =>
    ({ log, place, letters }) =>
      log.drop(place, letters.slice(n, n + 1)),
);
const figures = fc.constant<Deed>(async ({ log, place }) => {
  const { depth, oldest, deadLetters } = await log.figures(place);
  return [depth, oldest === undefined, deadLetters];
});

const deeds = fc.oneof(
  { arbitrary: append, weight: 8 },
  { arbitrary: fc.oneof(take, unsettled), weight: 8 },
  { arbitrary: fc.oneof(claim, settle, bury), weight: 6 },
  { arbitrary: fc.oneof(overtake, list, replay), weight: 5 },
  { arbitrary: fc.oneof(issue, late, release, renew, drop, figures), weight: 2 },
);

const claimed: Deed = async (usage) => {
  usage.first = await usage.log.claim(usage.place, 'finch', LONG);
  if (usage.first !== undefined) usage.grips.set('finch', usage.first);
};

/** What everybody learned from the deeds, in their order. */
async function learned(log: WriteLog, all: readonly Deed[]): Promise<readonly unknown[]> {
  const usage = new Usage(log);
  const answers: unknown[] = [];
  for (const deed of [claimed, ...all]) answers.push((await deed(usage)) ?? 'nothing');
  return answers;
}

test('logs on Redis answer like those in memory, whatever is done with them', async () => {
  const shape = fc.array(deeds, { minLength: 40, maxLength: 90, size: 'max' });
  const same = fc.asyncProperty(shape, async (all) => {
    const [one, other] = [
      await learned(redis.log, all),
      await learned(new LocalWriteLog(new FakeClock()), all),
    ];
    expect(one).toEqual(other);
  });
  await fc.assert(same, { numRuns: 150 });
});
