import type { BehindOptions } from './cache/region-log.js';
import { toMilliseconds } from './contracts/duration.js';
import type { WriteBehindOptions } from './contracts/write-behind.js';

/** How logs are emptied here. Times in milliseconds. */
export interface ResolvedWriteBehind {
  readonly work: boolean;
  readonly leaseMs: number;
  readonly drainMs: number;
  readonly degradedAfterMs: number;
}

const DEFAULTS = {
  durability: 'memory',
  partitions: 8,
  maxDepth: 10_000,
  whenFull: 'block',
  blockFor: '5s',
  work: true,
  lease: '5s',
  drain: '10s',
  ackTimeout: '1s',
  acknowledgeEviction: false,
  degradedAfter: '30s',
} as const satisfies WriteBehindOptions;

/** Fills in the defaults of options that were checked: those of writers and those of workers. */
export function resolveWriteBehind(given: WriteBehindOptions = {}): {
  readonly logs: BehindOptions;
  readonly work: ResolvedWriteBehind;
} {
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const options: Required<WriteBehindOptions> = { ...DEFAULTS, ...said };
  const ms = (name: 'blockFor' | 'ackTimeout' | 'lease' | 'drain' | 'degradedAfter') =>
    toMilliseconds(options[name], `writeBehind.${name}`);
  const { durability, partitions, maxDepth, whenFull, work, acknowledgeEviction } = options;
  return {
    logs: {
      defaults: { durability, partitions, maxDepth, whenFull, blockForMs: ms('blockFor') },
      ackTimeoutMs: ms('ackTimeout'),
      acknowledgesEviction: acknowledgeEviction,
    },
    work: { work, leaseMs: ms('lease'), drainMs: ms('drain'), degradedAfterMs: ms('degradedAfter') },
  };
}
