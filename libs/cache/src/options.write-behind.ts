import { IsBoolean, IsIn, IsInt, Max, Min } from 'class-validator';
import type { BehindOptions } from './cache/region-log.js';
import { MAX_PARTITIONS } from './contracts/behind-terms.js';
import type { Duration } from './contracts/duration.js';
import { toMilliseconds } from './contracts/duration.js';
import type { WriteBehindOptions } from './contracts/write-behind.js';
import { IsDuration, Optional } from './options.rules.js';

/** The options of write-behind as they are checked. */
export class WriteBehindSchema {
  @Optional()
  @IsIn(['memory', 'replicated', 'fsync', 'none'])
  durability?: string;

  @Optional()
  @IsInt()
  @Min(1)
  @Max(MAX_PARTITIONS)
  partitions?: number;

  @Optional()
  @IsInt()
  @Min(1)
  maxDepth?: number;

  @Optional()
  @IsIn(['reject', 'block', 'through'])
  whenFull?: string;

  @Optional()
  @IsDuration()
  blockFor?: Duration;

  @Optional()
  @IsBoolean()
  work?: boolean;

  @Optional()
  @IsDuration(100)
  lease?: Duration;

  @Optional()
  @IsDuration()
  drain?: Duration;

  @Optional()
  @IsDuration(1)
  ackTimeout?: Duration;

  @Optional()
  @IsBoolean()
  acknowledgeEviction?: boolean;

  @Optional()
  @IsDuration(1)
  degradedAfter?: Duration;
}

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
