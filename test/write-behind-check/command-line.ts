import { parseArgs } from 'node:util';
import { MUTANTS } from './mutants.js';

/** What a run of the check is to be. */
export interface Wishes {
  readonly seconds: number;
  readonly seed: number;
  /** Writes that are offered in a second, by all writers together. */
  readonly rate: number;
  readonly mutant: string | undefined;
  readonly bench: boolean;
  readonly json: boolean;
}

/** @throws Error for what is no option, and for a number or mutant that is none. */
export function wishesFrom(args: readonly string[]): Wishes {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      rate: { type: 'string', default: '1500' },
      mutant: { type: 'string' },
      bench: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const { mutant, bench, json } = values;
  if (mutant !== undefined && !Object.hasOwn(MUTANTS, mutant))
    throw new Error(`no mutant is named ${mutant}; there are: ${Object.keys(MUTANTS).join(', ')}`);
  const [seconds, seed, rate] = [values.seconds, values.seed, values.rate].map(whole);
  return { seconds: seconds ?? 0, seed: seed ?? 0, rate: rate ?? 0, mutant, bench, json };
}

function whole(text: string): number {
  if (/^[1-9]\d{0,8}$|^0$/.test(text)) return Number(text);
  throw new Error(`${text} is no whole number`);
}
