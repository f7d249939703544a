import { ApiProperty } from '@nestjs/swagger';
import type { Position } from '@nuthatch/governance';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsIn, IsInt, Max, Min, ValidateNested } from 'class-validator';
import { POSITION_CODES } from '../rollcalls/rollcalls.js';

/** The body of a vote that is cast or changed. */
export class CastVoteDto {
  @ApiProperty({ minimum: 1, maximum: 2_147_483_647, example: 2 })
  @IsInt()
  @Min(1)
  @Max(2_147_483_647)
  memberId!: number;

  @ApiProperty({ enum: Object.keys(POSITION_CODES), example: 'yea' })
  @IsIn(Object.keys(POSITION_CODES))
  position!: Position;
}

/** The body of a roll call: the votes of several members on one question. */
export class RollCallDto {
  @ApiProperty({ type: [CastVoteDto], minItems: 1, maxItems: 1_000 })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(1_000)
  @ValidateNested({ each: true })
  @Type(() => CastVoteDto)
  votes!: CastVoteDto[];
}
