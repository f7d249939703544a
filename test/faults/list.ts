import { killed } from './killed.js';
import type { Scenario } from './scenario.js';

/** Every scenario; a new one is a file and a line here. */
export const SCENARIOS: readonly Scenario[] = [killed];
