import type { Acknowledged } from './acknowledgements.js';

/** A read, and what it must not be older than. */
export interface Sighting {
  readonly key: number;
  /** `null`: the loader found no row. */
  readonly value: string | null;
  /** The newest version of the key that had been acknowledged when the read began, of those the database takes. */
  readonly floor: number;
  /** Whether a loader ran. */
  readonly loaded: boolean;
  /** When it ended, in milliseconds since 1970. */
  readonly at: number;
}

/** What is found of all reads. */
export interface Sights {
  readonly judged: number;
  readonly stale: number;
  /** Reads of values whose version nobody knows: their writer died before it heard of it. */
  readonly unknown: number;
  /** Some of the stale ones, with what was acknowledged of their keys between what was seen and what should have been. */
  readonly examples: readonly (Sighting & {
    readonly version: number;
    readonly history: readonly Acknowledged[];
  })[];
}

const EXAMPLES = 5;
const HISTORY = 8;

/**
 * Judges reads by what was acknowledged before they began. Not to be given: reads while Redis is away (then a load finds what
 * the database has), and reads that failed.
 */
export function judge(sightings: readonly Sighting[], acknowledged: readonly Acknowledged[]): Sights {
  const versions = new Map(acknowledged.map(({ value, version }) => [value, version]));
  const known = sightings.flatMap((one) => {
    const version = one.value === null ? 0 : versions.get(one.value);
    return version === undefined ? [] : [{ ...one, version }];
  });
  const stale = known.filter(({ version, floor }) => version < floor);
  return {
    judged: known.length,
    stale: stale.length,
    unknown: sightings.length - known.length,
    examples: stale.slice(0, EXAMPLES).map((one) => ({ ...one, history: historyOf(one, acknowledged) })),
  };
}

function historyOf({ key, version }: Sighting & { readonly version: number }, all: readonly Acknowledged[]) {
  const later = all.filter((one) => one.key === key && one.version >= version);
  return later.sort((a, b) => a.version - b.version).slice(0, HISTORY);
}
