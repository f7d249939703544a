/** One benchmark: two ways to do the same thing, each a function that does `count` operations. */
export interface Contest {
  readonly name: string;
  readonly ours: (count: number) => Promise<void>;
  readonly baseline: (count: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What a benchmark prints: operations per second of both, and their ratio. */
export interface Result {
  readonly name: string;
  readonly ours: number;
  readonly baseline: number;
  readonly ratio: number;
}

const WARM_UP_ROUNDS = 3;
const ROUND_MS = 200;

/**
 * Runs both sides in turn, in short rounds, so that whatever else the machine does hits both alike; the median of the
 * rounds counts.
 */
export async function measure(contest: Contest, seconds: number): Promise<Result> {
  const count = await countFor(contest.baseline);
  const rounds = Math.max(5, Math.round((seconds * 1_000) / (2 * ROUND_MS)));
  const ours: number[] = [];
  const baseline: number[] = [];
  for (let round = 0; round < rounds + WARM_UP_ROUNDS; round++) {
    const a = await rate(contest.ours, count);
    const b = await rate(contest.baseline, count);
    if (round < WARM_UP_ROUNDS) continue;
    ours.push(a);
    baseline.push(b);
  }
  const [x, y] = [median(ours), median(baseline)];
  return {
    name: contest.name,
    ours: Math.round(x),
    baseline: Math.round(y),
    ratio: Math.round((x / y) * 1_000) / 1_000,
  };
}

/** How many operations of the baseline make a round. */
async function countFor(run: Contest['baseline']): Promise<number> {
  for (let count = 1_024; ; count *= 2) {
    const perSecond = await rate(run, count);
    if ((count / perSecond) * 1_000 >= ROUND_MS / 4) return Math.ceil((perSecond * ROUND_MS) / 1_000);
  }
}

async function rate(run: Contest['baseline'], count: number): Promise<number> {
  const started = performance.now();
  await run(count);
  return count / ((performance.now() - started) / 1_000);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
