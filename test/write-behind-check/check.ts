import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../consistency/random.js';
import type { Acknowledged } from './acknowledgements.js';
import type { Wishes } from './command-line.js';
import { Crew } from './crew.js';
import type { Demands, Findings } from './findings.js';
import { faultsOf } from './findings.js';
import { Misfortunes } from './misfortunes.js';
import type { Course } from './misfortunes.js';
import type { Seen } from './reader.worker.js';
import { judge } from './sightings.js';
import { Stage } from './stage.js';
import { verdictOn } from './verdict.js';
import type { Written } from './writing.js';

export interface Outcome extends Findings {
  readonly faults: readonly string[];
}

/** What belongs to a length of a run. */
interface Extent {
  readonly leaseMs: number;
  readonly drainMs: number;
  readonly course: Course;
  readonly demands: Demands;
}

/** From how many seconds on a run is judged by how much it did. */
const LONG = 30;
/** How long the logs may hold as many writes as before, in the end: longer than a worker ever waits before it tries again. */
const UNMOVED_MS = 15_000;
const WATCH_EVERY_MS = 250;

/** Runs writers, workers, a reader and everything that can go wrong, and judges what was acknowledged. */
export async function check(wishes: Wishes): Promise<Outcome> {
  const stage = await Stage.start();
  const { seed, rate, mutant } = wishes;
  const extent = extentOf(wishes.seconds);
  const { leaseMs, drainMs, demands } = extent;
  const crew = new Crew(stage, { seed, rate, mutant, leaseMs, drainMs });
  try {
    await crew.start();
    const findings = await new Run(stage, crew, wishes, extent).run();
    return { ...findings, faults: faultsOf(findings, demands) };
  } finally {
    await crew.stop();
    await stage.close();
  }
}

class Run {
  #maxDepth = 0;

  constructor(
    private readonly stage: Stage,
    private readonly crew: Crew,
    private readonly wishes: Wishes,
    private readonly extent: Extent,
  ) {}

  async run(): Promise<Findings> {
    const { stage, crew, wishes } = this;
    const { seconds, seed, rate } = wishes;
    const watching = setInterval(() => void this.#watch(), WATCH_EVERY_MS);
    const misfortunes = new Misfortunes(stage, crew, new Random(seed), this.extent.course);
    await misfortunes.run().finally(() => clearInterval(watching));
    const [written] = await Promise.all([crew.stopWriting(), misfortunes.lastBlow()]);
    const left = await this.#emptied();
    const seen = await crew.stopReading();
    const { reads, staleReads, verdict, through, acked } = await this.#judged(seen);
    return {
      ...verdict,
      staleReads,
      reads,
      seed,
      seconds,
      database: stage.kind,
      offeredPerSecond: rate,
      ackedPerSecond: rateOf(acked),
      through,
      refused: refusedBy(written),
      maxDepth: this.#maxDepth,
      left,
      happened: misfortunes.happened,
      timeline: misfortunes.timeline,
    };
  }

  async #judged({ sightings, loads, void: void_ }: Seen) {
    const { stage, crew } = this;
    const acknowledged = stage.acknowledged();
    const evidence = { acknowledged, record: await stage.database.record(), dead: await crew.dead() };
    const sights = judge(sightings, acknowledged);
    return {
      verdict: verdictOn(evidence),
      staleReads: sights.stale,
      reads: { ...sights, loads, void: void_ },
      through: acknowledged.filter(({ via }) => via === 'through').length,
      acked: acknowledged,
    };
  }

  /** Waits until the logs are empty, or nothing goes on any more; gives how many writes are left in them. */
  async #emptied(): Promise<number> {
    let left = await this.stage.depth();
    let movedAt = performance.now();
    while (left > 0 && performance.now() - movedAt < UNMOVED_MS) {
      await sleep(WATCH_EVERY_MS);
      const depth = await this.stage.depth();
      if (depth < left) movedAt = performance.now();
      left = depth;
    }
    return left;
  }

  async #watch(): Promise<void> {
    // it does not answer while it is away
    const depth = await this.stage.depth().catch(() => 0);
    this.#maxDepth = Math.max(this.#maxDepth, depth);
  }
}

function extentOf(seconds: number): Extent {
  const isLong = seconds >= LONG;
  const leaseMs = isLong ? 2_000 : 1_000;
  return {
    leaseMs,
    drainMs: isLong ? 2_000 : 500,
    course: {
      wholeMs: seconds * 1_000,
      leaseMs,
      databaseAwayMs: isLong ? 10_000 : 2_000,
      redisAwayMs: 500,
      kills: Math.ceil(seconds * 0.4),
    },
    demands: { kills: Math.floor(seconds / 3), ackedPerSecond: isLong ? 1_000 : 1 },
  };
}

/** From the first to the last of them. */
function rateOf(acknowledged: readonly Acknowledged[]): number {
  const times = acknowledged.map(({ at }) => at).sort((a, b) => a - b);
  const ms = (times.at(-1) ?? 0) - (times[0] ?? 0);
  return ms > 0 ? Math.round((times.length / ms) * 1_000) : 0;
}

function refusedBy(written: readonly Written[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { refused } of written)
    for (const [code, count] of Object.entries(refused)) sum[code] = (sum[code] ?? 0) + count;
  return sum;
}
