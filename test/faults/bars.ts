/** What a bar judges: times and memory depend on the machine and are judged by the command only, counts everywhere. */
export type BarKind = 'count' | 'time' | 'memory';

/** One promise of a scenario as a number with a limit, and whether it was kept. */
export interface Bar {
  readonly what: string;
  readonly kind: BarKind;
  readonly value: number | null;
  readonly limit: string;
  readonly ok: boolean;
}

/** A value that was never measured keeps no promise. */
type Measured = number | null | undefined;

export function atMost(what: string, value: Measured, limit: number, kind: BarKind = 'count'): Bar {
  return bar({ what, value, kind, limit: `at most ${limit}` }, (number) => number <= limit);
}

export function below(what: string, value: Measured, limit: number, kind: BarKind = 'count'): Bar {
  return bar({ what, value, kind, limit: `below ${limit}` }, (number) => number < limit);
}

export function atLeast(what: string, value: Measured, limit: number, kind: BarKind = 'count'): Bar {
  return bar({ what, value, kind, limit: `at least ${limit}` }, (number) => number >= limit);
}

/** For what must not happen. */
export function none(what: string, value: Measured): Bar {
  return atMost(what, value, 0);
}

/** In words, for a report: what was promised and what came of it. */
export function inWords({ what, value, limit }: Bar): string {
  return `${what}: ${value ?? 'never'} (${limit})`;
}

function bar(
  { what, value, kind, limit }: { what: string; value: Measured; kind: BarKind; limit: string },
  keeps: (value: number) => boolean,
): Bar {
  const number = typeof value === 'number' && !Number.isNaN(value) ? round(value) : null;
  return { what, kind, value: number, limit, ok: number !== null && keeps(number) };
}

/** Three decimals are as much as anybody wants to read. */
export function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
