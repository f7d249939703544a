/** What a run is asked to do. */
export interface Wishes {
  readonly seconds: number;
  readonly processes: number;
  readonly seed: number;
  readonly cluster: boolean;
  readonly faults: boolean;
  /** The library without one of its rules. */
  readonly mutant: string | undefined;
  /** The traffic of a mutant, with the library as it is. */
  readonly scenario: string | undefined;
  readonly json: boolean;
}

const SWITCHES = ['--cluster', '--faults', '--json'];
const VALUES = ['--seconds', '--processes', '--seed', '--mutant', '--scenario'];

/** @throws Error for an argument that is none. */
export function wishesFrom(args: readonly string[]): Wishes {
  const values = new Map<string, string>();
  const switches = new Set<string>();
  for (let at = 0; at < args.length; at++) {
    const name = args[at] ?? '';
    if (SWITCHES.includes(name)) switches.add(name);
    else values.set(name, args[++at] ?? '');
  }
  const unknown = [...values.keys()].filter((name) => !VALUES.includes(name));
  if (unknown.length > 0) throw new Error(`what is ${unknown.join(', ')}?`);
  return {
    seconds: positive(values, '--seconds', 20),
    processes: positive(values, '--processes', 4),
    seed: positive(values, '--seed', 1 + Math.floor(Math.random() * 999_999)),
    mutant: values.get('--mutant'),
    scenario: values.get('--scenario'),
    cluster: switches.has('--cluster'),
    faults: switches.has('--faults'),
    json: switches.has('--json'),
  };
}

function positive(values: ReadonlyMap<string, string>, name: string, otherwise: number): number {
  const given = values.get(name);
  const number = given === undefined ? otherwise : Number(given);
  if (!(number > 0)) throw new Error(`${name} takes a number above 0`);
  return number;
}
