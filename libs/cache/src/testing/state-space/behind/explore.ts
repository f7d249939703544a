import type { BehindMove } from './moves.js';
import { readerMoves, writerMoves } from './moves.js';
import { accidentMoves, trimMoves, workerMoves } from './worker-moves.js';
import type { BehindMutant, BehindScenario, BehindWorld } from './world.js';
import { BEHIND_BROKEN, newWorld } from './world.js';

/** What an exploration came to. */
export interface BehindFindings {
  readonly worlds: number;
  readonly moves: ReadonlySet<string>;
  /** The moves that led to a broken promise, which comes last; empty when all hold. */
  readonly story: readonly string[];
}

/** Plays a scenario in every order there is, with one rule of write-behind left out or none. */
export function exploreBehind(scenario: BehindScenario, without?: BehindMutant): BehindFindings {
  const seen = new Set<string>();
  const made = new Set<string>();
  const story: string[] = [];
  const isSound = (world: BehindWorld): boolean => {
    const name = JSON.stringify(world);
    if (seen.has(name)) return true;
    seen.add(name);
    const broken = brokenPromise(world);
    if (broken !== '') {
      story.push(broken);
      return false;
    }
    let goesNowhere = true;
    const isEverywhereSound = movesOf(world, scenario, without).every(({ what, make }) => {
      const next = copyOf(world);
      make(next);
      goesNowhere &&= JSON.stringify(next) === name;
      made.add(what);
      story.push(what);
      const goesOn = isSound(next);
      if (goesOn) story.pop();
      return goesOn;
    });
    if (!isEverywhereSound || !goesNowhere || world.log.length === 0) return isEverywhereSound;
    story.push(BEHIND_BROKEN.stuck);
    return false;
  };
  isSound(newWorld(scenario));
  return { worlds: seen.size, moves: made, story };
}

function copyOf(world: BehindWorld): BehindWorld {
  return {
    ...world,
    log: [...world.log],
    writing: [...world.writing],
    writers: world.writers.map((one) => ({ ...one })),
    readers: world.readers.map((one) => ({ ...one })),
    workers: world.workers.map((one) => ({ ...one, taken: [...one.taken] })),
  };
}

function movesOf(
  world: BehindWorld,
  scenario: BehindScenario,
  without: BehindMutant | undefined,
): BehindMove[] {
  return [
    ...writerMoves(world, scenario, without),
    ...readerMoves(world, without),
    ...workerMoves(world, without),
    ...accidentMoves(world),
    ...(without === 'trimsByLength' ? trimMoves(world) : []),
  ];
}

function brokenPromise({ broken, database, log, acknowledged, entry, mark }: BehindWorld): string {
  if (broken !== '') return broken;
  if (Math.max(database, ...log) < acknowledged) return BEHIND_BROKEN.lost;
  if (entry >= 0 && entry < acknowledged) return BEHIND_BROKEN.entry;
  if (mark > 0 && !log.includes(mark)) return BEHIND_BROKEN.mark;
  return '';
}
