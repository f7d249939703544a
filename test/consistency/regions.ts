import { defineRegions, region } from 'nuthatch';
import type { Row } from './register.js';

/** The auditor has the same regions without memory, and remembers no tags: what it gets is what Redis holds. */
const shared: { memory?: boolean; strict?: boolean } =
  process.env.CONSISTENCY_ROLE === 'auditor' ? { memory: false, strict: true } : {};

/** Stale values answer most of the time. */
const STALE = { ttl: 60, failSafe: { throttle: 40, maxDuration: '1m' }, softTimeout: 0 } as const;

export const regions = defineRegions('rows', {
  key: region<[row: number], Row>(shared),
  barred: region<[row: number], Row>(shared),
  put: region<[row: number], Row>(shared),
  set: region<[row: number], Row>(shared),
  tag: region<[row: number], Row>({ ...shared, tags: (row) => [`tag:${row}`, groupOf(row)] }),
  clear: region<[row: number], Row>(shared),
  inner: region<[row: number], Row>({ ...shared, tags: (row) => [`composed:${row}`] }),
  composed: region<[row: number], Row>({ ...shared, tags: (row) => [`composed:${row}`] }),
  redis: region<[row: number], Row>({ ...shared, memory: false }),
  strict: region<[row: number], Row>({ strict: true, tags: (row) => [`strict:${row}`] }),
  late: region<[row: number], Row>({ ...shared, resultTags: (found) => [`late:${found.row}`] }),
  many: region<[row: number], Row>(shared),
  setMany: region<[row: number], Row>(shared),
  unit: region<[row: number], Row>({ ...shared, tags: (row) => [`unit:${row}`] }),
  sliding: region<[row: number], Row>({ ...shared, sliding: true, ttl: 400 }),
  expired: region<[row: number], Row>(shared),
  stale: region<[row: number], Row>({ ...(shared.strict ? shared : STALE), tags: (row) => [`stale:${row}`] }),
  ahead: region<[row: number], Row>({ ...shared, ttl: 400, eagerRefresh: 0.3, beta: 1, jitter: 0.5 }),
  route: region<[row: number], Row>(shared),
});

/** A tag that several rows share. */
export function groupOf(row: number): string {
  return `tag:group:${row % 2}`;
}
