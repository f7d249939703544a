import { absent } from './absent.js';
import { corrupt } from './corrupt.js';
import { credentials, fewRights } from './credentials.js';
import { flood } from './flood.js';
import { evicting, outOfMemory } from './full.js';
import { hostile } from './hostile.js';
import { killed } from './killed.js';
import { loaders } from './loaders.js';
import { unstorable } from './misfits.js';
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
  unstorable,
  corrupt,
  loaders,
  fewRights,
  credentials,
  flood,
];
