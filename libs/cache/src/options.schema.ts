import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import type { CodecName } from './contracts/codec.js';
import type { Duration } from './contracts/duration.js';
import { parseDuration } from './contracts/duration.js';
import type { AnyRegion } from './contracts/region.js';
import { Region } from './contracts/region.js';

/** A duration of at least `min` milliseconds. */
function IsDuration(min = 0): PropertyDecorator {
  return ValidateBy({
    name: 'isDuration',
    validator: {
      validate: (value) => (parseDuration(value) ?? -1) >= min,
      defaultMessage: () =>
        `must be a duration${min > 0 ? ` of at least ${min} ms` : ''}: milliseconds, or text such as '250ms', '5s', '5m', '1h', '7d'`,
    },
  });
}

const IsVersion = (): PropertyDecorator =>
  ValidateBy({
    name: 'isVersion',
    validator: {
      validate: (value) =>
        value === false ||
        (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) ||
        (typeof value === 'string' && /^[\w.-]{1,50}$/.test(value)),
      defaultMessage: () =>
        `must be a number, a text of letters, digits, '.', '-' and '_', or false for keys without a version`,
    },
  });

const Port = (): PropertyDecorator => (target, key) => {
  for (const rule of [IsInt(), Min(1), Max(65_535)]) rule(target, key);
};

export class SentinelSchema {
  @IsString()
  @IsNotEmpty()
  host!: string;

  @Port()
  port!: number;
}

export class RedisSchema {
  @IsOptional()
  @Matches(/^(redis|rediss|unix):\/\//, { message: 'must start with redis://, rediss:// or unix://' })
  url?: string;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  host?: string;

  @IsOptional()
  @Port()
  port?: number;

  @IsOptional()
  @IsString()
  username?: string;

  @IsOptional()
  @IsString()
  password?: string;

  @IsOptional()
  @IsInt()
  @Min(0)
  db?: number;

  @IsOptional()
  @IsBoolean()
  tls?: boolean;

  @IsOptional()
  @IsArray()
  @ValidateNested()
  sentinels?: SentinelSchema[];

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  sentinelName?: string;
}

export class MemorySchema {
  @IsOptional()
  @IsInt()
  @Min(1)
  maxItems?: number;

  @IsOptional()
  @IsInt()
  @Min(1_024)
  maxBytes?: number;
}

export class MonitoringSchema {
  @IsOptional()
  @IsBoolean()
  health?: boolean;

  @IsOptional()
  @IsBoolean()
  stats?: boolean;

  @IsOptional()
  @IsBoolean()
  public?: boolean;

  @IsOptional()
  @IsString()
  @Matches(/^.{16,}$/s, { message: 'must have at least 16 characters' })
  token?: string;

  @IsOptional()
  @IsArray()
  guards?: unknown[];
}

/** The options of the module as they are checked; `CacheModuleOptions` is what users see of it. */
export class OptionsSchema {
  @IsOptional()
  @ValidateNested()
  redis?: RedisSchema;

  @IsOptional()
  @Matches(/^[\w.-]{1,50}$/, { message: "must be 1 to 50 letters, digits, '.', '-' or '_'" })
  prefix?: string;

  @IsOptional()
  @IsVersion()
  version?: string | number | false;

  @IsOptional()
  @IsArray()
  alsoEvict?: (string | number)[];

  @IsOptional()
  @IsDuration(1)
  defaultTtl?: Duration;

  @IsOptional()
  @ValidateNested()
  memory?: MemorySchema;

  @IsOptional()
  @IsIn(['json', 'msgpack', 'v8'])
  codec?: CodecName;

  @IsOptional()
  @IsBoolean()
  compression?: boolean;

  @IsOptional()
  @IsInt()
  @Min(0)
  compressionThreshold?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  maxValueBytes?: number;

  @IsOptional()
  @IsDuration(100)
  maxStaleness?: Duration;

  @IsOptional()
  @IsDuration()
  outageTtl?: Duration;

  @IsOptional()
  @IsDuration(1)
  redisBudget?: Duration;

  @IsOptional()
  @IsDuration(100)
  leaseTtl?: Duration;

  @IsOptional()
  @IsDuration()
  leaseWait?: Duration;

  @IsOptional()
  @IsDuration(1)
  maxWrite?: Duration;

  @IsOptional()
  @IsInt()
  @Min(1)
  maxCommandsInFlight?: number;

  @IsOptional()
  @IsDuration()
  shutdownGrace?: Duration;

  @IsOptional()
  @IsBoolean()
  http?: boolean;

  @IsOptional()
  @IsArray()
  strategies?: unknown[];

  @IsOptional()
  @ValidateBy({
    name: 'isRegions',
    validator: {
      validate: (value) => Array.isArray(value) && value.every((one) => one instanceof Region),
      defaultMessage: () => 'must be an array of regions',
    },
  })
  regions?: AnyRegion[];

  @IsOptional()
  @ValidateNested()
  monitoring?: MonitoringSchema;
}
