import type { Move } from './move.js';
import type { Scene, WriterRole } from './scenario.js';
import type { World, Writer } from './world.js';
import { DONE } from './world.js';
import { stepsOf } from './writing.js';

/** The moves of one writer. Of twins the first begins first: which of them does what makes no difference. */
export function writerMove(scene: Scene, index: number, role: WriterRole): Move {
  const hasTwin = index > 0 && isTwin(scene.scenario.writers[index - 1], role);
  const steps = stepsOf(scene, role.kind);
  const whats = steps.map(({ name }) => `${role.kind} ${index + 1} ${name}`);
  const marker = markerOf(index);
  const token = scene.scenario.loaders.length + index + 1;
  return {
    possible: (world) => {
      const { at } = writerOf(world, index);
      return at === 0 ? !hasTwin || writerOf(world, index - 1).at !== 0 : at !== DONE;
    },
    what: (world) => whats[writerOf(world, index).at] ?? '',
    make: (world) => {
      const me = writerOf(world, index);
      const { at } = me;
      steps[at]?.run({ world, scene, role, me, marker, token });
      me.at = at + 1 === steps.length ? DONE : at + 1;
    },
  };
}

/** A writer's bit among the markers. */
export function markerOf(index: number): number {
  return 1 << index;
}

function isTwin(one: WriterRole | undefined, other: WriterRole): boolean {
  return one?.kind === other.kind && one.process === other.process && one.expires === other.expires;
}

function writerOf(world: World, index: number): Writer {
  const writer = world.writers[index];
  if (writer === undefined) throw new RangeError(`there is no writer ${index + 1}`);
  return writer;
}
