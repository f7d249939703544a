import { parseArgs } from 'node:util';
import type { Scenario } from './scenario.js';

/** What a run is asked to do. */
export interface Wishes {
  readonly scenarios: readonly Scenario[];
  readonly json: boolean;
  /** Only say what there is. */
  readonly list: boolean;
}

/** @throws Error for an argument that is none, or a scenario that there is not. */
export function wishesFrom(args: readonly string[], all: readonly Scenario[]): Wishes {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean' }, list: { type: 'boolean' }, only: { type: 'string' } },
  });
  const { json = false, list = false, only } = values;
  return { scenarios: only === undefined ? all : chosen(only.split(','), all), json, list };
}

function chosen(names: readonly string[], all: readonly Scenario[]): Scenario[] {
  return names.map((wanted) => {
    const found = all.find(({ name }) => name === wanted);
    if (found !== undefined) return found;
    throw new Error(`no scenario '${wanted}'; there are ${all.map(({ name }) => name).join(', ')}`);
  });
}
