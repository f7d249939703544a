import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Length, Max, Min } from 'class-validator';
import { IsPlainText } from '../plain-text.js';
import { COMMUNITY_KINDS, VISIBILITIES, type CommunityFilter } from './community.js';

const ORDERS = ['id', 'name', 'members'] as const;

/** Words of which it does not matter in which case they are written. */
const AnyCase = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.trim().toLowerCase() : value,
  );

/** The query of a list of communities. */
export class ListCommunitiesDto implements CommunityFilter {
  @ApiPropertyOptional({ enum: COMMUNITY_KINDS })
  @IsOptional()
  @AnyCase()
  @IsIn(COMMUNITY_KINDS)
  kind?: string;

  @ApiPropertyOptional({ enum: VISIBILITIES })
  @IsOptional()
  @AnyCase()
  @IsIn(VISIBILITIES)
  visibility?: string;

  @ApiPropertyOptional({ description: 'A part of the name, in whatever case', minLength: 1, maxLength: 200 })
  @IsOptional()
  @IsPlainText()
  @Length(1, 200)
  name?: string;

  @ApiPropertyOptional({ minimum: 0, maximum: 2_147_483_647, default: 0 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(2_147_483_647)
  minMembers?: number;

  @ApiPropertyOptional({ enum: ORDERS, default: 'id', description: '`members`: the largest first' })
  @IsOptional()
  @AnyCase()
  @IsIn(ORDERS)
  sort?: (typeof ORDERS)[number];

  @ApiPropertyOptional({ minimum: 1, maximum: 100_000, description: 'A page of 20; left out: all of them' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100_000)
  page?: number;
}
