import { IsBoolean, IsIn, IsInt, IsObject, IsString, Matches, Min, ValidateNested } from 'class-validator';
import type { CodecName } from './contracts/codec.js';
import type { Duration } from './contracts/duration.js';
import type { AnyRegion } from './contracts/region.js';
import { Region } from './contracts/region.js';
import { LoadSchema } from './options.loads.js';
import { IsDuration, IsListOf, IsNaming, IsVersion, Optional, isVersion } from './options.rules.js';
import type { RedisSchema } from './options.redis.js';
import type { WriteBehindSchema } from './options.write-behind.js';

export class MemorySchema {
  @Optional()
  @IsInt()
  @Min(1)
  maxItems?: number;

  @Optional()
  @IsInt()
  @Min(1_024)
  maxBytes?: number;
}

export class WarmingSchema {
  @Optional()
  @IsIn([true, false, 'background', 'before-ready'])
  atBoot?: boolean | 'background' | 'before-ready';

  @Optional()
  @IsListOf((one) => one instanceof Region || typeof one === 'string', 'region objects and names')
  regions?: (AnyRegion | string)[];

  @Optional()
  @IsInt()
  @Min(1)
  concurrency?: number;
}

export class MaintenanceSchema {
  @Optional()
  @IsBoolean()
  enabled?: boolean;

  @Optional()
  @IsDuration(1_000)
  every?: Duration;
}

export class MonitoringSchema {
  @Optional()
  @IsBoolean()
  health?: boolean;

  @Optional()
  @IsBoolean()
  stats?: boolean;

  @Optional()
  @IsBoolean()
  public?: boolean;

  @Optional()
  @IsString()
  @Matches(/^.{16,}$/s, { message: 'must have at least 16 characters' })
  token?: string;

  @Optional()
  @IsListOf((one) => typeof one === 'function', 'guard classes')
  guards?: unknown[];
}

/** The options of the module as they are checked; `CacheModuleOptions` is what users see of it. */
export class OptionsSchema extends LoadSchema {
  @Optional()
  @IsObject()
  @ValidateNested()
  redis?: RedisSchema;

  @Optional()
  @IsObject()
  @IsNaming(
    /^(?!default$)[A-Za-z][\w-]{0,49}$/,
    "names of letters, digits, '-' and '_', a letter first, other than 'default'",
  )
  partitions?: Readonly<Record<string, unknown>>;

  @Optional()
  @IsBoolean()
  trustPersistence?: boolean;

  @Optional()
  @Matches(/^[\w.-]{1,50}$/, { message: "must be 1 to 50 letters, digits, '.', '-' or '_'" })
  prefix?: string;

  @Optional()
  @IsVersion()
  version?: string | number | false;

  @Optional()
  @IsListOf(isVersion, "versions: numbers, or texts of letters, digits, '.', '-' and '_'")
  alsoEvict?: (string | number)[];

  @Optional()
  @IsDuration(1)
  defaultTtl?: Duration;

  @Optional()
  @IsObject()
  @ValidateNested()
  memory?: MemorySchema;

  @Optional()
  @IsIn(['json', 'msgpack', 'v8'])
  codec?: CodecName;

  @Optional()
  @IsBoolean()
  compression?: boolean;

  @Optional()
  @IsInt()
  @Min(0)
  compressionThreshold?: number;

  @Optional()
  @IsInt()
  @Min(1)
  maxValueBytes?: number;

  @Optional()
  @IsDuration(100)
  maxStaleness?: Duration;

  @Optional()
  @IsDuration()
  outageTtl?: Duration;

  @Optional()
  @IsDuration(1)
  redisBudget?: Duration;

  @Optional()
  @IsDuration(100)
  leaseTtl?: Duration;

  @Optional()
  @IsDuration()
  leaseWait?: Duration;

  @Optional()
  @IsDuration(1)
  maxWrite?: Duration;

  @Optional()
  @IsInt()
  @Min(1)
  maxCommandsInFlight?: number;

  @Optional()
  @IsDuration()
  shutdownGrace?: Duration;

  @Optional()
  @IsObject()
  @ValidateNested()
  warming?: WarmingSchema;

  @Optional()
  @IsObject()
  @ValidateNested()
  writeBehind?: WriteBehindSchema;

  @Optional()
  @IsBoolean()
  http?: boolean;

  /** `forRoot` takes them out before, so what is left was returned by a factory. */
  @Optional()
  @IsIn([], { message: 'must stand beside useFactory: providers are fixed before it runs' })
  strategies?: unknown;

  @Optional()
  @IsListOf((one) => one instanceof Region, 'regions')
  regions?: AnyRegion[];

  @Optional()
  @IsObject({ message: 'must be true, false or an object' })
  @ValidateNested()
  monitoring?: MonitoringSchema;

  @Optional()
  @IsObject({ message: 'must be true, false or an object' })
  @ValidateNested()
  maintenance?: MaintenanceSchema;
}
