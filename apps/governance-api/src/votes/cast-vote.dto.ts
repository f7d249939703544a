import { IsIn, IsInt, Max, Min } from 'class-validator';
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
