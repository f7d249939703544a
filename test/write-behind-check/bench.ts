import { setTimeout as sleep } from 'node:timers/promises';
import { spawnWorker } from '../support/workers.js';
import type { Worker } from '../support/workers.js';
import type { Post } from './application.js';
import type { BenchMethods, Stretch, Way } from './bench.worker.js';
import type { Wishes } from './command-line.js';
import type { KeeperMethods } from './keeper.worker.js';
import { Stage } from './stage.js';

/** What one way of writing came to. */
export interface WayFigures {
  readonly acked: number;
  readonly ackedPerSecond: number;
  /** The same until the database has everything. */
  readonly writtenPerSecond: number;
  /** Statements to the database. */
  readonly statements: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface BenchReport {
  readonly behind: WayFigures;
  readonly through: WayFigures;
  /** Acknowledged writes in a second, behind to through, and the same until the database has everything. */
  readonly ackedRatio: number;
  readonly writtenRatio: number;
  /** The share of statements, for a write, that writing behind does not send; 0 to 1. */
  readonly statementsSaved: number;
  readonly callers: number;
  readonly seconds: number;
  readonly database: string;
}

const WRITERS = 3;
const KEEPERS = 2;
const CALLERS = 32;
const LEASE_MS = 2_000;
const EMPTY_EVERY_MS = 20;
/** Each way has its turn so often, so that both meet the same machine. */
const TURNS = 3;

interface Turn {
  readonly stretches: readonly Stretch[];
  /** Milliseconds until all was acknowledged, and until the database had it. */
  readonly ackedMs: number;
  readonly writtenMs: number;
  readonly statements: number;
}

/** Writes the same load behind and through, in turns, with nothing going wrong. */
export async function bench({ seconds, seed }: Wishes): Promise<BenchReport> {
  const stage = await Stage.start();
  const pit = new Pit(stage, seed);
  try {
    await pit.start();
    const turns: Record<Way, Turn[]> = { behind: [], through: [] };
    await pit.turn('behind', 1_000);
    for (let turn = 0; turn < TURNS; turn++)
      for (const way of ['behind', 'through'] as const)
        turns[way].push(await pit.turn(way, (seconds * 1_000) / (2 * TURNS)));
    const [behind, through] = [figuresOf(turns.behind), figuresOf(turns.through)];
    return {
      behind,
      through,
      ackedRatio: rounded(behind.ackedPerSecond / through.ackedPerSecond),
      writtenRatio: rounded(behind.writtenPerSecond / through.writtenPerSecond),
      statementsSaved: rounded(1 - behind.statements / behind.acked / (through.statements / through.acked)),
      callers: WRITERS * CALLERS,
      seconds,
      database: stage.kind,
    };
  } finally {
    await pit.stop();
    await stage.close();
  }
}

/** The processes of the benchmark. */
class Pit {
  readonly #writers = spawnAll<BenchMethods>('bench', WRITERS);
  readonly #keepers = spawnAll<KeeperMethods>('keeper', KEEPERS);

  constructor(
    private readonly stage: Stage,
    private readonly seed: number,
  ) {}

  async start(): Promise<void> {
    const posts = (name: string, works: boolean): Post => ({
      name,
      redisUrl: this.stage.redis.url,
      database: this.stage.processDatabase,
      leaseMs: LEASE_MS,
      drainMs: LEASE_MS,
      works,
    });
    await Promise.all(this.#keepers.map((one, place) => one.call('start', posts(`keeper-${place}`, true))));
    await Promise.all(this.#writers.map((one, place) => one.call('start', posts(`writer-${place}`, false))));
  }

  async turn(way: Way, ms: number): Promise<Turn> {
    const before = await this.#keepersStatements();
    const began = performance.now();
    const stretches = await Promise.all(
      this.#writers.map((one, place) => one.call('run', way, CALLERS, ms, this.seed + place * CALLERS)),
    );
    const ackedMs = performance.now() - began;
    while ((await this.stage.depth()) > 0) await sleep(EMPTY_EVERY_MS);
    const writtenMs = way === 'behind' ? performance.now() - began : ackedMs;
    const kept = (await this.#keepersStatements()) - before;
    const own = stretches.reduce((sum, { statements }) => sum + statements, 0);
    return { stretches, ackedMs, writtenMs, statements: kept + own };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#writers, ...this.#keepers].map((one) => one.stop()));
  }

  async #keepersStatements(): Promise<number> {
    const figures = await Promise.all(this.#keepers.map((one) => one.call('figures')));
    return figures.reduce((sum, { statements }) => sum + statements, 0);
  }
}

function spawnAll<M extends Record<string, (...args: never[]) => unknown>>(
  name: string,
  count: number,
): readonly Worker<M>[] {
  return Array.from({ length: count }, () => spawnWorker<M>(`write-behind-check/${name}.worker.ts`));
}

function figuresOf(turns: readonly Turn[]): WayFigures {
  const stretches = turns.flatMap((turn) => turn.stretches);
  const sum = (of: (turn: Turn) => number) => turns.reduce((total, turn) => total + of(turn), 0);
  const acked = stretches.reduce((total, one) => total + one.acked, 0);
  const waits = Float64Array.from(stretches.flatMap((one) => [...one.waits])).sort();
  const waitAt = (share: number) => rounded(waits[Math.ceil(waits.length * share) - 1] ?? 0);
  return {
    acked,
    ackedPerSecond: Math.round((acked / sum(({ ackedMs }) => ackedMs)) * 1_000),
    writtenPerSecond: Math.round((acked / sum(({ writtenMs }) => writtenMs)) * 1_000),
    statements: sum(({ statements }) => statements),
    p50Ms: waitAt(0.5),
    p99Ms: waitAt(0.99),
  };
}

function rounded(number: number): number {
  return Math.round(number * 1_000) / 1_000;
}
