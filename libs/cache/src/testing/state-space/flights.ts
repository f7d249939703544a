import { joinable, mark, stillGood } from './processes.js';
import { BROKEN } from './promises.js';
import type { ProcessNumber, Scene } from './scenario.js';
import type { Loader, Process, Server, World } from './world.js';
import { DONE, retire } from './world.js';

/** One step of a loader: everything it may see and change. */
export interface LoadTurn {
  readonly world: World;
  readonly scene: Scene;
  readonly server: Server;
  readonly own: Process;
  readonly process: ProcessNumber;
  readonly me: Loader;
  readonly no: number;
}

/**
 * Where a loader is. Each step is one thing that others may see: a command that the server executes, or a reply that
 * arrives. Marks and the read they are taken for are one step, and so are a miss and the question for the lease: that the
 * later of two comes at once is no safer than that it comes later.
 */
export const AT = {
  start: 0,
  read: 1,
  reply: 2,
  peek: 3,
  peeked: 4,
  lease: 5,
  nonces: 6,
  nonced: 7,
  clock: 8,
  database: 9,
  loaded: 10,
  late: 11,
  fill: 12,
  filled: 13,
  release: 14,
  joined: 15,
  done: DONE,
} as const;

/** The caller flies itself: its flight is listed, with the marks of now. */
export function takeOff({ scene, own, me, no }: LoadTurn): void {
  mark(scene, me);
  me.asked = scene.scenario.tag === 'declared' && own.nonce === 0 ? 1 : 0;
  own.flight = no;
  me.at = scene.scenario.alone ? AT.database : AT.read;
}

/** The caller gets its answer. */
export function answer({ world, scene, own, me }: LoadTurn, value: number): void {
  if (value < me.floor) world.broken = BROKEN.answer;
  if (scene.scenario.monotone !== true) return;
  if (value < me.seen) world.broken = BROKEN.backwards;
  own.seen = Math.max(own.seen, value);
}

/** Puts a value into memory, unless an invalidation overtook it on its way. */
export function place({ scene, own, me }: LoadTurn, value: number): void {
  if (stillGood(me) || scene.without === 'noGenerationGuard') own.memory = value;
}

/** Hands a flight's value to those who joined, or sends them on to ask once more; the flight is over. */
export function land(turn: LoadTurn, value: number, welcome: boolean): void {
  const { world, scene, own, no } = turn;
  if (own.flight === no) own.flight = 0;
  for (const [i, passenger] of world.loaders.entries()) {
    if (passenger.joined !== no) continue;
    const theirs = { ...turn, me: passenger, no: i + 1 };
    if (welcome || passenger.rounds === 2 || scene.without === 'refusedFlightWelcomes') {
      answer(theirs, value);
      retire(passenger);
    } else if (scene.without !== 'refusedFlightKeeps') askAgain(theirs);
  }
}

function askAgain(turn: LoadTurn): void {
  const { world, scene, process, me } = turn;
  me.joined = joinable(world, scene, process);
  me.rounds = me.joined === 0 ? 0 : 2;
  if (me.joined === 0) takeOff(turn);
}
