import type { BehindContext, BehindWrite } from 'nuthatch';
import { defineRegions, region } from 'nuthatch';

/** How many keys are written again and again. Those above are written once each, so that no later write hides a lost one. */
export const KEYS = 500;
/** How many logs they are divided into. */
export const PARTITIONS = 8;

/** With what a value begins that the database refuses. */
export const POISON = 'poison';
const GOOD = 'value';

export type CellWrite = BehindWrite<[key: number], string | null>;
export type { BehindContext };

/** A text per key, which says who wrote it and when: written behind, or through, for comparison. */
export const { cell, direct } = defineRegions('checked', {
  cell: region<[key: number], string | null>({
    ttl: '10m',
    // memory may lag behind for a moment, which the check of consistency judges; here a read is to see every write at once
    memory: false,
    writeBehind: { partitions: PARTITIONS, whenFull: 'block', maxDepth: 20_000 },
  }),
  direct: region<[key: number], string | null>({ ttl: '10m', memory: false }),
});

/** A write as its value tells of it: no two writes have the same. */
export interface Told {
  readonly key: number;
  readonly writer: string;
  readonly count: number;
  readonly isPoison: boolean;
}

const VALUE = /^(value|poison) of (\d+) by ([\w-]+), number (\d+)$/;

export function valueOf({ key, writer, count, isPoison }: Told): string {
  return `${isPoison ? POISON : GOOD} of ${key} by ${writer}, number ${count}`;
}

/** `undefined` for what nobody has written. */
export function toldBy(value: string): Told | undefined {
  const [, kind, key, writer = '', count] = VALUE.exec(value) ?? [];
  if (kind === undefined) return undefined;
  return { key: Number(key), writer, count: Number(count), isPoison: kind === POISON };
}

/** Whether a key is written once only. */
export function isWrittenOnce(key: number): boolean {
  return key >= KEYS;
}
