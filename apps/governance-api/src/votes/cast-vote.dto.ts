import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsIn, IsInt, Max, Min, ValidateNested } from 'class-validator';
import { POSITION_CODES, type Position } from '../rollcalls/rollcalls.js';

/** The body of a vote that is cast or changed. */
export class CastVoteDto {
  @IsInt()
  @Min(1)
  @Max(2_147_483_647)
  memberId!: number;

  @IsIn(Object.keys(POSITION_CODES))
  position!: Position;
}

/** The body of a roll call: the votes of several members on one question. */
export class RollCallDto {
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(1_000)
  @ValidateNested({ each: true })
  @Type(() => CastVoteDto)
  votes!: CastVoteDto[];
}
