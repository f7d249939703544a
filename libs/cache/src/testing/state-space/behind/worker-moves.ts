import type { BehindMove } from './moves.js';
import type { BehindMutant, BehindWorld, WorkerState, WriterState } from './world.js';
import { BEHIND_BROKEN } from './world.js';

type Left = BehindMutant | undefined;

/** What the workers may do now. */
export function workerMoves(world: BehindWorld, without: Left): BehindMove[] {
  return world.workers.flatMap((worker, who): BehindMove[] => {
    const of = (next: BehindWorld) => next.workers[who] as WorkerState;
    switch (worker.step) {
      case 'claim':
        return isOwned(world)
          ? []
          : [{ what: `worker ${who} claims`, make: (next) => claim(next, of(next)) }];
      case 'take':
        return world.log.length === 0
          ? []
          : [{ what: `worker ${who} takes`, make: (next) => take(next, of(next), without) }];
      case 'apply':
        return [{ what: `worker ${who} applies`, make: (next) => apply(next, of(next), without) }];
      default:
        return [{ what: `worker ${who} settles`, make: (next) => settle(next, of(next), without) }];
    }
  });
}

function isOwned({ workers, fence }: BehindWorld): boolean {
  return workers.some((worker) => worker.step !== 'claim' && worker.fence === fence);
}

function claim(world: BehindWorld, worker: WorkerState): void {
  worker.fence = ++world.fence;
  worker.step = 'take';
}

function take(world: BehindWorld, worker: WorkerState, without: Left): void {
  if (worker.fence !== world.fence) {
    worker.step = 'claim';
    return;
  }
  worker.taken = world.log.filter((one) => without !== 'takesOnlyWhatIsNew' || one > world.seen);
  world.seen = Math.max(world.seen, ...worker.taken);
  worker.step = worker.taken.length === 0 ? 'take' : 'apply';
  if (without === 'settleBeforeDatabase') remove(world, worker.taken, without);
}

function apply(world: BehindWorld, worker: WorkerState, without: Left): void {
  const version = worker.taken.at(-1) ?? 0;
  if (version > world.database || without === 'applyIgnoresVersion') {
    if (version < world.database) world.broken = BEHIND_BROKEN.back;
    world.database = version;
  }
  worker.step = 'settle';
}

function settle(world: BehindWorld, worker: WorkerState, without: Left): void {
  const isOwner = worker.fence === world.fence || without === 'settleIgnoresFence';
  if (isOwner && without !== 'settleBeforeDatabase') remove(world, worker.taken, without);
  if (worker.fence !== world.fence && isOwner) world.broken = BEHIND_BROKEN.fence;
  worker.step = isOwner ? 'take' : 'claim';
  worker.taken = [];
}

function remove(world: BehindWorld, taken: readonly number[], without: Left): void {
  world.log = world.log.filter((one) => !taken.includes(one));
  if (taken.includes(world.mark) || without === 'settleTakesNewerMarks') world.mark = 0;
}

/** A log that is kept short: a write of another key takes the place of ours. */
export function trimMoves(world: BehindWorld): BehindMove[] {
  if (world.log.length === 0) return [];
  return [{ what: 'a write of another key trims the log', make: (next) => void next.log.shift() }];
}

/** What goes wrong: an entry is evicted because memory is full, a lease runs out, a process dies or is too slow. */
export function accidentMoves(world: BehindWorld): BehindMove[] {
  if (world.accidents === 0) return [];
  return [...lossesOf(world), ...deathsOf(world), ...changesOfHands(world)].map(({ what, make }) => ({
    what,
    make: (next) => {
      next.accidents--;
      make(next);
    },
  }));
}

function lossesOf({ entry, lease }: BehindWorld): BehindMove[] {
  const moves: BehindMove[] = [];
  if (entry >= 0) moves.push({ what: 'the entry is evicted', make: (next) => (next.entry = -1) });
  if (lease >= 0) moves.push({ what: 'the lease runs out', make: (next) => (next.lease = -1) });
  return moves;
}

function deathsOf({ writers }: BehindWorld): BehindMove[] {
  return writers.flatMap(({ step }, who) =>
    step === 'begin' || step === 'acknowledged' || step === 'dead'
      ? []
      : [{ what: `writer ${who} dies`, make: (next) => ((next.writers[who] as WriterState).step = 'dead') }],
  );
}

function changesOfHands(world: BehindWorld): BehindMove[] {
  return world.workers.flatMap(({ step }, who): BehindMove[] => {
    const forget = (next: BehindWorld) => (next.workers[who] = { step: 'claim', fence: 0, taken: [] });
    if (step !== 'claim') return [{ what: `worker ${who} dies`, make: forget }];
    if (!isOwned(world)) return [];
    const takeOver = (next: BehindWorld) => claim(next, next.workers[who] as WorkerState);
    return [{ what: `worker ${who} takes over from one that is too slow`, make: takeOver }];
  });
}
