import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Length, Max, Min } from 'class-validator';
import { IsPlainText } from '../plain-text.js';

/** The query of a list of questions. */
export class ListQuestionsDto {
  @ApiPropertyOptional({ minimum: 1, maximum: 2 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(2)
  session?: number;

  @ApiPropertyOptional({ example: 'Confirmed', minLength: 1, maxLength: 100 })
  @IsOptional()
  @IsPlainText()
  @Length(1, 100)
  result?: string;

  @ApiPropertyOptional({ default: 1, minimum: 1, maximum: 100_000 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100_000)
  page?: number;
}
