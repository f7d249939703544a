import { KEY_MARK, MOMENT, TAG_MARK, keyMarkHolds, tagMarkHolds } from './decisions.js';
import type { ProcessNumber, Scene } from './scenario.js';
import type { Loader, World } from './world.js';
import { DONE } from './world.js';

/** What an invalidation concerns. */
export type Topic = 'key' | 'tag';

/** An invalidation as one process learns of it. */
export interface News {
  readonly topic: Topic;
  readonly process: ProcessNumber;
}

/** Marks of a process, taken by somebody who works in it. */
export interface Marked {
  keyMark: number;
  tagMark: number;
  moment: number;
}

/** Takes all marks, before anything is asked for. */
export function mark(scene: Scene, me: Marked): void {
  me.keyMark = KEY_MARK.now;
  me.tagMark = scene.late ? TAG_MARK.untaken : TAG_MARK.now;
  me.moment = MOMENT.now;
}

/** The name of the tag is known from now on. */
export function markTag(me: Marked): void {
  if (me.tagMark === TAG_MARK.untaken) me.tagMark = TAG_MARK.now;
}

/** Whether nothing was invalidated since the marks were taken. */
export function stillGood(me: Marked): boolean {
  return keyMarkHolds(me.keyMark) && tagMarkHolds(me.tagMark);
}

/** An invalidation, made here or heard of: whoever is under way finds the door closed, and memory forgets. */
export function advance(world: World, scene: Scene, { topic, process }: News): void {
  const { loaders, writers } = scene.scenario;
  for (let i = 0; i < loaders.length; i++)
    if (loaders[i]?.process === process) outdate(world.loaders[i], topic);
  for (let i = 0; i < writers.length; i++)
    if (writers[i]?.process === process) outdate(world.writers[i], topic);
  const own = world.processes[process];
  own.memory = 0;
  if (topic === 'tag') own.nonce = 0;
  else if (scene.without !== 'joinAfterEvict') own.flight = 0;
}

function outdate(marked: Marked | undefined, topic: Topic): void {
  if (marked === undefined) return;
  if (topic === 'key') {
    marked.keyMark = KEY_MARK.past;
    return;
  }
  marked.moment = MOMENT.past;
  if (marked.tagMark === TAG_MARK.now) marked.tagMark = TAG_MARK.past;
}

/** The pilot whose flight a caller may join now, or 0. */
export function joinable(world: World, scene: Scene, process: ProcessNumber): number {
  const { flight } = world.processes[process];
  const pilot: Loader | undefined = world.loaders[flight - 1];
  if (pilot === undefined) return 0;
  return stillGood(pilot) || scene.without === 'joinAfterEvict' ? flight : 0;
}

/** Sends a message to both processes, but not to one that has nothing to forget and never will. */
export function announce(world: World, scene: Scene, topic: Topic): void {
  for (const number of [0, 1] as const) {
    const process = world.processes[number];
    if (process.memory === 0 && !anyLoads(world, scene, number)) continue;
    if (topic === 'key') process.keyMessages++;
    else process.tagMessages++;
  }
}

function anyLoads(world: World, scene: Scene, process: ProcessNumber): boolean {
  const { loaders } = scene.scenario;
  for (let i = 0; i < loaders.length; i++) {
    if (loaders[i]?.process === process && world.loaders[i]?.at !== DONE) return true;
  }
  return false;
}

/** A message arrives. */
export function deliver(world: World, scene: Scene, news: News): void {
  const process = world.processes[news.process];
  if (news.topic === 'key') process.keyMessages--;
  else process.tagMessages--;
  advance(world, scene, news);
}
