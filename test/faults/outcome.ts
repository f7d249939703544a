import type { Bar, BarKind } from './bars.js';
import { inWords, none, round } from './bars.js';
import { quantile } from './load.js';
import type { Finding, Scenario } from './scenario.js';
import type { Traffic } from './traffic.js';
import type { Pace } from './world.js';
import { World } from './world.js';

/** What the traffic of a scenario saw. */
interface Seen {
  readonly requests: number;
  readonly failed: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  /** Requests that the driver started more than 20 ms late: then the machine was throttled, and times say little. */
  readonly late: number;
  readonly longestPauseMs: number;
  /** What the loader itself took, of the ten milliseconds that it means to. */
  readonly loaderP99Ms: number | null;
}

/** What came of a scenario: one line of the report. */
export interface Outcome extends Seen {
  readonly scenario: string;
  readonly recoveredMs: number | null;
  /** Whether every bar was kept. */
  readonly ok: boolean;
  /** The bars that were not kept. */
  readonly why: readonly string[];
  readonly bars: Readonly<Record<string, number | null>>;
  readonly [detail: string]: unknown;
}

/** An outcome with the bars it was judged by. */
export interface Judged {
  readonly outcome: Outcome;
  readonly bars: readonly Bar[];
}

const UNSEEN: Seen = {
  requests: 0,
  failed: 0,
  p50Ms: null,
  p99Ms: null,
  maxMs: null,
  late: 0,
  longestPauseMs: 0,
  loaderP99Ms: null,
};

const ATTEMPTS = 3;

/** Runs a scenario in a world of its own. Never rejects: what could not be run is not ok. */
export async function play(scenario: Scenario, pace: Pace): Promise<Judged> {
  const world = new World(pace);
  try {
    const finding = await scenario.run(world);
    await finding.traffic?.stop();
    return judge(scenario, finding);
  } catch (error) {
    return broken(scenario, error);
  } finally {
    await world.close();
  }
}

/**
 * The same, once more while nothing but times is wrong and the driver itself was held up: then they say how busy the machine
 * is. `attempts` in the line tells how often.
 */
export async function playUndisturbed(scenario: Scenario): Promise<Outcome> {
  for (let attempts = 1; ; attempts++) {
    const judged = await play(scenario, 'full');
    const { outcome } = judged;
    const isDisturbed = outcome.late > 0 && breaches(judged, 'count', 'memory').length === 0;
    if (outcome.ok || !isDisturbed || attempts === ATTEMPTS) return { ...outcome, attempts };
  }
}

/** What broke promises of some kinds, in words. */
export function breaches({ bars }: Judged, ...kinds: readonly BarKind[]): string[] {
  return bars.filter(({ ok, kind }) => !ok && kinds.includes(kind)).map(inWords);
}

function judge({ name }: Scenario, finding: Finding): Judged {
  const { traffic, recoveredMs = null, details } = finding;
  const bars = [...(traffic === undefined ? [] : alwaysTrue(traffic)), ...finding.bars];
  const why = bars.filter(({ ok }) => !ok).map(inWords);
  const outcome: Outcome = {
    scenario: name,
    ...(traffic === undefined ? UNSEEN : seenBy(traffic)),
    recoveredMs: recoveredMs === null ? null : Math.round(recoveredMs),
    ok: why.length === 0,
    why,
    bars: Object.fromEntries(bars.map(({ what, value }) => [what, value])),
    ...rounded(details),
  };
  return { outcome, bars };
}

/** What no fault excuses. */
function alwaysTrue({ load, stale, invalidated }: Traffic): Bar[] {
  return [
    none('requests that failed', load.all().failed),
    none('stale answers', stale),
    none('invalidations that threw', invalidated.rejected),
  ];
}

function seenBy({ load, table }: Traffic): Seen {
  const loads = [...table.loadMs].sort((a, b) => a - b);
  return {
    ...load.all(),
    late: load.late,
    longestPauseMs: load.longestPauseMs,
    loaderP99Ms: quantile(loads, 0.99),
  };
}

function rounded(details: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const entries = Object.entries(details);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'number' ? round(value) : value]),
  );
}

function broken({ name }: Scenario, error: unknown): Judged {
  const why = `it could not be run: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  const bar: Bar = { what: why, kind: 'count', value: null, limit: 'runs', ok: false };
  const outcome = { scenario: name, ...UNSEEN, recoveredMs: null, ok: false, why: [why], bars: {} };
  return { outcome, bars: [bar] };
}
