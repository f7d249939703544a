import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

/** How many questions trend at most. */
const MAX_TRENDING = 100;

/** The query of the trending questions. */
export class ListTrendingDto {
  @ApiPropertyOptional({ default: 10, minimum: 1, maximum: MAX_TRENDING })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_TRENDING)
  limit?: number;
}
