import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayUnique, IsArray, IsBoolean, IsIn, IsOptional, Length, Matches } from 'class-validator';
import { IsPlainText } from '../plain-text.js';
import type { Theme } from '../database/schema.js';
import { GRANTS, THEMES, type Grant } from './member.js';

/** The body of a changed profile: what it leaves out stays. */
export class ChangeProfileDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 200, example: 'SESSIONS' })
  @IsOptional()
  @IsPlainText()
  @Length(1, 200)
  name?: string;

  @ApiPropertyOptional({ minLength: 1, maxLength: 20, example: 'R' })
  @IsOptional()
  @IsPlainText()
  @Length(1, 20)
  party?: string;

  @ApiPropertyOptional({ minLength: 2, maxLength: 20, example: 'AL' })
  @IsOptional()
  @IsPlainText()
  @Length(2, 20)
  state?: string;
}

/** The body of new preferences. */
export class SetPreferencesDto {
  @ApiProperty({ description: 'As in ISO 639-1', pattern: '^[a-z]{2}$', example: 'en' })
  @Matches(/^[a-z]{2}$/)
  language!: string;

  @ApiProperty({ enum: THEMES, example: 'system' })
  @IsIn(THEMES)
  theme!: Theme;

  @ApiProperty({ example: true })
  @IsBoolean()
  notifications!: boolean;
}

/** The body of what a member is granted in a community. */
export class GrantPermissionsDto {
  @ApiProperty({ enum: GRANTS, isArray: true, example: ['propose'] })
  @IsArray()
  @ArrayUnique()
  @IsIn(GRANTS, { each: true })
  permissions!: Grant[];
}
