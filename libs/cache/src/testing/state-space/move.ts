import type { World } from './world.js';

/** Something that one of the cast can do, or that can happen to them. */
export interface Move {
  possible(world: World): boolean;
  /** What it would be now, for the story. */
  what(world: World): string;
  make(world: World): void;
}
