import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';

/** The strategies that can be warmed alone. */
export const WARMED = ['community', 'user', 'voting'] as const;

export type Warmed = (typeof WARMED)[number];

/** What a warming is of: a strategy, or everything, as at boot. */
export type WarmingOf = Warmed | 'all';

/** What is to be warmed. */
export class BeginWarmingDto {
  @ApiPropertyOptional({ enum: WARMED, description: 'Default: all strategies' })
  @IsOptional()
  @IsIn(WARMED)
  strategy?: Warmed;

  @ApiPropertyOptional({ minimum: 1, maximum: 64, description: "Loads in the air. Default: the cache's own" })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(64)
  concurrency?: number;
}

/** How far a warming is. */
export class WarmingDto {
  @ApiProperty({ enum: [...WARMED, 'all'], description: 'all: it began at boot' })
  readonly strategy!: WarmingOf;

  @ApiProperty({ type: Number, nullable: true, description: 'null while keys are still being listed' })
  readonly total!: number | null;

  @ApiProperty()
  readonly done!: number;

  @ApiProperty()
  readonly loaded!: number;

  @ApiProperty()
  readonly fresh!: number;

  @ApiProperty()
  readonly failed!: number;

  @ApiProperty()
  readonly skipped!: number;

  @ApiProperty({ description: 'Whether it runs no longer' })
  readonly ended!: boolean;
}
