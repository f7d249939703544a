import type { BehindMutant, BehindScenario, BehindWorld, ReaderState, WriterState } from './world.js';
import { BEHIND_BROKEN } from './world.js';

/** Something that may happen now. It changes the world it is given. */
export interface BehindMove {
  readonly what: string;
  readonly make: (world: BehindWorld) => void;
}

type Left = BehindMutant | undefined;

function removeEntry(world: BehindWorld): void {
  world.entry = -1;
  world.lease = -1;
}

function begin(world: BehindWorld, who: number): void {
  removeEntry(world);
  world.writing.push(who);
}

/** As the script does it: the value is kept only by who was alone. */
function commit(world: BehindWorld, who: number, version: number): void {
  removeEntry(world);
  const announced = world.writing.includes(who);
  world.writing = world.writing.filter((one) => one !== who);
  if (announced && world.writing.length === 0 && !world.overlap) world.entry = version;
  if (world.writing.length > 0) world.overlap = true;
  else world.overlap = false;
}

function append(world: BehindWorld, highest: number, without: Left): number {
  const version = Math.max(world.last + 1, world.clock);
  if (version > highest && without !== 'lateAppendHasNoDeadline') return 0;
  world.last = version;
  world.log.push(version);
  world.mark = version;
  return version;
}

function applyToDatabase(world: BehindWorld, version: number, without: Left): void {
  if (version > world.database || without === 'applyIgnoresVersion') world.database = version;
}

function acknowledge(world: BehindWorld, writer: WriterState): void {
  writer.step = 'acknowledged';
  world.acknowledged = Math.max(world.acknowledged, writer.version);
}

const WRITER_STEPS: Readonly<
  Record<string, (world: BehindWorld, who: number, kind: string, without: Left) => void>
> = {
  begin(world, who, kind, without) {
    if (without !== 'neitherBeginNorCommit') begin(world, who);
    const [writer] = [world.writers[who] as WriterState];
    writer.step = kind === 'direct' ? 'issue' : kind === 'late' ? 'late' : 'append';
  },
  append(world, who, _, without) {
    const writer = world.writers[who] as WriterState;
    writer.version = append(world, Infinity, without);
    writer.step = 'commit';
  },
  // gives up: the version is above all that its append may still get
  late(world, who) {
    const writer = world.writers[who] as WriterState;
    writer.deadline = Math.max(world.last + 1, world.clock);
    writer.version = writer.deadline + 1;
    world.clock = writer.version + 1;
    writer.step = 'apply';
  },
  issue(world, who) {
    const writer = world.writers[who] as WriterState;
    writer.version = Math.max(world.last + 1, world.clock);
    world.last = writer.version;
    writer.step = 'apply';
  },
  apply(world, who, _, without) {
    const writer = world.writers[who] as WriterState;
    if (without === 'overtakeBeforeDatabase') {
      if (world.mark < writer.version) world.mark = 0;
      writer.step = 'overtake';
      return;
    }
    applyToDatabase(world, writer.version, without);
    writer.step = 'overtake';
  },
  overtake(world, who, _, without) {
    const writer = world.writers[who] as WriterState;
    if (without === 'overtakeBeforeDatabase') applyToDatabase(world, writer.version, without);
    else if (without !== 'noOvertake' && world.mark < writer.version) world.mark = 0;
    writer.step = 'commit';
  },
  commit(world, who, _, without) {
    const writer = world.writers[who] as WriterState;
    if (without !== 'neitherBeginNorCommit') commit(world, who, writer.version);
    acknowledge(world, writer);
  },
};

/** What is appended here went to the database already: it must not get above what was written since. */
function comeBack(world: BehindWorld, { version }: WriterState, appended: number): void {
  if (appended > version && world.acknowledged > version) world.broken = BEHIND_BROKEN.again;
}

/** What the writers may do now. */
export function writerMoves(world: BehindWorld, scenario: BehindScenario, without: Left): BehindMove[] {
  return world.writers.flatMap((writer, who) => {
    const moves: BehindMove[] = [];
    const step = WRITER_STEPS[writer.step];
    if (step)
      moves.push({
        what: `writer ${who} ${writer.step}`,
        make: (next) => step(next, who, scenario.writers[who] ?? '', without),
      });
    if (writer.deadline > 0)
      moves.push({
        what: `the late append of writer ${who}`,
        make: (next) => {
          const late = next.writers[who] as WriterState;
          comeBack(next, late, append(next, late.deadline, without));
          late.deadline = 0;
        },
      });
    return moves;
  });
}

const READER_STEPS: Readonly<Record<string, (world: BehindWorld, who: number, without: Left) => void>> = {
  read(world, who) {
    const reader = world.readers[who] as ReaderState;
    reader.floor = world.acknowledged;
    if (world.entry >= 0) return answer(world, reader, world.entry);
    reader.step = 'lease';
  },
  lease(world, who, without) {
    const reader = world.readers[who] as ReaderState;
    if (world.entry >= 0) return answer(world, reader, world.entry);
    if (without === 'asksBeforeLease') reader.value = world.mark;
    reader.stores = world.writing.length === 0 && world.lease < 0;
    if (reader.stores && without !== 'asksBeforeLease') world.lease = who;
    reader.step = 'ask';
  },
  ask(world, who, without) {
    const reader = world.readers[who] as ReaderState;
    if (without === 'asksBeforeLease') {
      if (reader.stores) world.lease = who;
    } else reader.value = without === 'readsDoNotAsk' ? 0 : world.mark;
    reader.step = reader.value > 0 ? 'fill' : 'load';
  },
  load(world, who) {
    const reader = world.readers[who] as ReaderState;
    reader.value = world.database;
    reader.step = 'fill';
  },
  fill(world, who) {
    const reader = world.readers[who] as ReaderState;
    if (reader.stores && world.lease === who) {
      world.entry = reader.value;
      world.lease = -1;
    }
    answer(world, reader, reader.value);
  },
};

function answer(world: BehindWorld, reader: ReaderState, value: number): void {
  reader.step = 'done';
  if (value < reader.floor) world.broken = BEHIND_BROKEN.read;
}

/** What the readers may do now. */
export function readerMoves(world: BehindWorld, without: Left): BehindMove[] {
  return world.readers.flatMap(({ step: at }, who) => {
    const step = READER_STEPS[at];
    return step ? [{ what: `reader ${who} ${at}`, make: (next) => step(next, who, without) }] : [];
  });
}
