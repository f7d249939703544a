import type { Happened } from './misfortunes.js';
import type { Sights } from './sightings.js';
import type { Verdict } from './verdict.js';

/** What a run came to. */
export interface Findings extends Verdict {
  /** Reads that were older than what had been acknowledged before they began. */
  readonly staleReads: number;
  readonly reads: Sights & { readonly loads: number; readonly void: number };
  readonly seed: number;
  readonly seconds: number;
  readonly database: string;
  readonly offeredPerSecond: number;
  readonly ackedPerSecond: number;
  readonly through: number;
  /** Writes that were not acknowledged, by the code of the error; of writers that lived. */
  readonly refused: Readonly<Record<string, number>>;
  /** The most writes that the logs held. */
  readonly maxDepth: number;
  /** Writes that are still in the logs when everything had its time to end. */
  readonly left: number;
  readonly happened: Happened;
  readonly timeline: readonly string[];
}

/** What a run must have come to so that it shows anything. */
export interface Demands {
  readonly kills: number;
  readonly ackedPerSecond: number;
}

/** What is wrong; empty when all promises were kept, and everything happened that was to happen. */
export function faultsOf(findings: Findings, demands: Demands): string[] {
  return [...brokenPromises(findings), ...shortcomings(findings, demands)];
}

function brokenPromises(findings: Findings): string[] {
  return said([
    ['acknowledged writes are lost', findings.lost > 0],
    ['rows went back, or two workers had one fence', findings.regressions > 0],
    ['rows hold what was not written to them', findings.wrongFinals > 0],
    ['dead letters are not just what the database refuses', findings.wrongDeadLetters > 0],
    ['reads did not see acknowledged writes', findings.staleReads > 0],
    ['writes stay in the logs', findings.left > 0],
  ]);
}

function shortcomings({ happened, ...findings }: Findings, demands: Demands): string[] {
  return said([
    ['too few processes were killed', happened.kills < demands.kills],
    ['no worker was killed with a batch in hand', happened.killsInHand === 0],
    ['no worker was frozen with a batch in hand', happened.zombies === 0],
    ['the database was never away', happened.databaseOutages === 0],
    ['Redis never crashed', happened.redisCrashes === 0],
    ['a worker that was ended did not say what is left', happened.reports < happened.terminations],
    ['nothing was refused by the database', findings.lonePoison === 0],
    ['nothing went to the database directly while Redis was away', findings.through === 0],
    ['nothing was ever in the logs', findings.maxDepth === 0],
    ['no read was judged', findings.reads.judged === 0],
    ['too few writes were acknowledged', findings.ackedPerSecond < demands.ackedPerSecond],
  ]);
}

function said(found: readonly (readonly [what: string, isSo: boolean])[]): string[] {
  return found.filter(([, isSo]) => isSo).map(([what]) => what);
}
