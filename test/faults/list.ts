import { absent } from './absent.js';
import { evicting, outOfMemory } from './full.js';
import { hostile } from './hostile.js';
import { killed } from './killed.js';
import { masterKilled, slotsMoved } from './masters.js';
import { drowsy, paused } from './paused.js';
import { readonly } from './readonly.js';
import type { Scenario } from './scenario.js';
import { frozen, swallowed } from './silent.js';

/** Every scenario; a new one is a file and a line here. */
export const SCENARIOS: readonly Scenario[] = [
  absent,
  killed,
  frozen,
  swallowed,
  paused,
  drowsy,
  outOfMemory,
  evicting,
  readonly,
  masterKilled,
  slotsMoved,
  hostile,
];
