import type { Bar } from './bars.js';
import type { Traffic } from './traffic.js';
import type { World } from './world.js';

/** What a scenario found. */
export interface Finding {
  /** Absent where a scenario asks by itself; then it says in `details` what it asked. */
  readonly traffic?: Traffic;
  /** From the end of the fault until Redis answered requests again. */
  readonly recoveredMs?: number | null;
  readonly bars: readonly Bar[];
  /** What a reader of the report may want to know beside the bars. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * One thing that goes wrong under load, and what must hold meanwhile. A scenario is a file, or a part of one, and a line in
 * `list.ts`; the world gives it servers and an application, and takes them away again.
 */
export interface Scenario {
  readonly name: string;
  /** What goes wrong, for people. */
  readonly about: string;
  run(world: World): Promise<Finding>;
}
