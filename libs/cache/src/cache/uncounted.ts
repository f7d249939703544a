import type { RegionEvent, RegionRecorder } from '../contracts/events.js';
import type { RegionRuntime } from './requests.js';

/** Outcomes of requests; what is loaded before anybody asks is none. */
const OF_REQUESTS: ReadonlySet<RegionEvent['type']> = new Set([
  'redis-hit',
  'joined',
  'stale',
  'load-error',
  'bypassed',
]);

/**
 * A region whose reads count as no requests, so that what is loaded ahead of them does not change hit rates: its loads
 * are counted apart. `heard` is told of every outcome.
 */
export function uncounted(
  region: RegionRuntime,
  heard: (event: RegionEvent) => void = () => undefined,
): RegionRuntime {
  const { recorder } = region;
  const quiet: RegionRecorder = {
    memoryHit: () => false,
    memoryLatency: () => undefined,
    record(event) {
      heard(event);
      if (OF_REQUESTS.has(event.type)) return;
      recorder.record(asWarming(event));
    },
  };
  // what is learnt of a region later must hold for both
  return Object.create(region, {
    recorder: { value: quiet },
    lateTags: {
      get: () => region.lateTags,
      set: (late: boolean) => (region.lateTags = late),
    },
  }) as RegionRuntime;
}

function asWarming(event: RegionEvent): RegionEvent {
  if (event.type === 'loaded' || event.type === 'refreshed') return { type: 'warmed', loadMs: event.loadMs };
  return event.type === 'load-failed' ? { type: 'warming-failed' } : event;
}
