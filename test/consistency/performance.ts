import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisServer } from '../support/redis-server.js';
import type { Company } from './company.js';
import { hasBreach } from './findings.js';
import type { CellRules, Report } from './findings.js';
import type { History } from './history.js';
import type { Scene } from './incident.js';
import { atCell } from './kinds.js';
import type { Misfortune } from './misfortune.js';
import { judge } from './verdict.js';
import type { Circumstances } from './verdict.js';

/** Longer than anything may be stale, and the messages of a busy machine besides. */
const REST_MS = 2_500;
const WATCH_EVERY_MS = 1_000;

/** Who takes part in a run. */
export interface Cast {
  readonly company: Company;
  readonly history: History;
  readonly database: RedisServer;
  readonly scene: Scene;
  readonly misfortune: () => Misfortune;
}

/** What came of it. */
export interface Ending {
  readonly verdict: Report;
  /** When the first violation was seen, for a run that ends with it. */
  readonly foundAfter?: number;
  readonly incidents: Readonly<Record<string, number>>;
}

/**
 * One run from its beginning to its verdict: traffic and misfortune, then no more writes, then rest, then a last look.
 * `untilFound`: the first violation ends it.
 */
export class Performance {
  constructor(private readonly cast: Cast) {}

  async run(seconds: number, untilFound: boolean): Promise<Ending> {
    const { company } = this.cast;
    await company.begin();
    const began = performance.now();
    const misfortune = this.cast.misfortune();
    const found = await this.#watch(began + seconds * 1_000, untilFound);
    const foundAfter = Math.round((performance.now() - began) / 100) / 10;
    await misfortune.end();
    const incidents = misfortune.counts;
    if (found !== undefined) return { verdict: found, foundAfter, incidents };
    const verdict = await this.#finale();
    return hasBreach(verdict) ? { verdict, foundAfter, incidents } : { verdict, incidents };
  }

  async #watch(until: number, untilFound: boolean): Promise<Report | undefined> {
    for (let left = until - performance.now(); left > 0; left = until - performance.now()) {
      await sleep(Math.min(WATCH_EVERY_MS, left));
      if (!untilFound) continue;
      const verdict = judge(this.cast.history, this.#circumstances);
      if (hasBreach(verdict)) return verdict;
    }
    return undefined;
  }

  async #finale(): Promise<Report> {
    const { company, history, database } = this.cast;
    await company.endWrites();
    await sleep(REST_MS);
    await company.endReads();
    const rest = await company.rest();
    const newest = new Map<number, number>();
    for (const cell of history.cells()) {
      const { kind, row } = atCell(cell);
      newest.set(cell, Number(await database.command('GET', `${kind.name}:${row}`)));
    }
    return judge(history, { ...this.#circumstances, rest, database: (cell) => newest.get(cell) ?? 0 });
  }

  get #circumstances(): Circumstances {
    const { company, scene } = this.cast;
    const { losses, lapses } = scene;
    const living = new Set(company.workers.map(({ id }) => id));
    return { rules: rulesOf, auditors: company.auditors, losses, lapses, living };
  }
}

function rulesOf(cell: number): CellRules {
  const { kind, row } = atCell(cell);
  return { kind: kind.name, row, strict: kind.strict === true };
}
