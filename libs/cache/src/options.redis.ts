import {
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsString,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { IsAlone, IsPem, IsReadableTls, IsRedisUrl, Optional, Port } from './options.rules.js';

export class NodeSchema {
  @IsString()
  @IsNotEmpty()
  host!: string;

  @Port()
  port!: number;
}

export class TlsSchema {
  @Optional()
  @IsPem()
  ca?: unknown;

  @Optional()
  @IsPem()
  cert?: unknown;

  @Optional()
  @IsPem()
  key?: unknown;

  @Optional()
  @IsString()
  @IsNotEmpty()
  servername?: string;

  @Optional()
  @IsBoolean()
  rejectUnauthorized?: boolean;
}

export class RedisSchema {
  @Optional()
  @IsRedisUrl()
  url?: string;

  @Optional()
  @IsString()
  @IsNotEmpty()
  host?: string;

  @Optional()
  @Port()
  port?: number;

  @Optional()
  @IsString()
  username?: string;

  @Optional()
  @IsString()
  password?: string;

  @Optional()
  @IsInt()
  @Min(0)
  db?: number;

  @Optional()
  @IsObject({ message: 'must be true, false or an object' })
  @IsReadableTls()
  @ValidateNested()
  tls?: TlsSchema;

  @ValidateIf(({ sentinels, sentinelName }: RedisSchema) => (sentinels ?? sentinelName) !== undefined)
  @IsArray({ message: 'must be an array of { host, port }' })
  @ArrayNotEmpty({ message: 'must name at least one Sentinel' })
  @ValidateNested()
  sentinels?: NodeSchema[];

  @ValidateIf(({ sentinels, sentinelName }: RedisSchema) => (sentinels ?? sentinelName) !== undefined)
  @IsString({ message: 'must name the master of the sentinels' })
  @IsNotEmpty({ message: 'must name the master of the sentinels' })
  sentinelName?: string;

  @Optional()
  @IsAlone(['url', 'host', 'port', 'db', 'sentinels', 'sentinelName'])
  @IsArray({ message: 'must be an array of { host, port }' })
  @ArrayNotEmpty({ message: 'must name at least one node' })
  @ValidateNested()
  cluster?: NodeSchema[];
}
