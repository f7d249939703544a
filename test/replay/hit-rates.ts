import type { CacheFigures } from './replay.worker.js';

type Regions = Readonly<Record<string, CacheFigures>>;

/** Which share of what was asked of the cache needed no loader: in all, and by region where there is any. */
export function hitRatesOf(instances: readonly Regions[]) {
  const all = instances.flatMap((regions) => Object.values(regions));
  const names = [...new Set(instances.flatMap((regions) => Object.keys(regions)))].sort();
  const rates = names.map((name) => [name, rateOf(instances.flatMap((regions) => regions[name] ?? []))]);
  return {
    hitRate: rateOf(all),
    hitRates: Object.fromEntries(rates.filter(([, rate]) => !Number.isNaN(rate))) as Record<string, number>,
  };
}

function rateOf(figures: readonly CacheFigures[]): number {
  const sum = (name: keyof CacheFigures) => figures.reduce((total, one) => total + one[name], 0);
  return Math.round((1 - sum('loads') / sum('requests')) * 1000) / 1000;
}
