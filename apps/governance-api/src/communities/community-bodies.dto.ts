import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsInt, Length, Max, Min } from 'class-validator';
import { IsPlainText } from '../plain-text.js';
import type { Visibility } from '../database/schema.js';
import { VISIBILITIES } from './community.js';

/** The body of a renaming. */
export class RenameCommunityDto {
  @ApiProperty({ minLength: 1, maxLength: 200, example: 'The Senate' })
  @IsPlainText()
  @Length(1, 200)
  name!: string;
}

/** The body of a new configuration. */
export class ConfigureCommunityDto {
  @ApiProperty({ enum: VISIBILITIES, example: 'public' })
  @IsIn(VISIBILITIES)
  visibility!: Visibility;

  @ApiProperty({ description: 'How many percent of the members must vote', minimum: 0, maximum: 100 })
  @IsInt()
  @Min(0)
  @Max(100)
  quorum!: number;

  @ApiProperty({ minimum: 1, maximum: 365, example: 7 })
  @IsInt()
  @Min(1)
  @Max(365)
  votingDays!: number;
}
