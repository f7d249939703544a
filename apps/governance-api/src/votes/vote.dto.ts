import { ApiProperty } from '@nestjs/swagger';
import type { Participation, Position, Totals, Vote } from '@nuthatch/governance';
import { POSITION_CODES } from '../rollcalls/rollcalls.js';
import type { KeptVote } from './vote.js';

const POSITIONS = Object.keys(POSITION_CODES);

/** A vote, for OpenAPI. */
export class VoteDto implements Vote {
  @ApiProperty({ example: 7 })
  readonly questionId!: number;
  @ApiProperty({ example: 2 })
  readonly memberId!: number;
  @ApiProperty({ enum: POSITIONS, example: 'yea' })
  readonly position!: Position;
  @ApiProperty({
    description: 'When the member first voted on the question; a change of mind leaves it',
    format: 'date-time',
  })
  readonly castAt!: string;
}

/** A vote that was just cast, for OpenAPI. */
export class KeptVoteDto extends VoteDto implements KeptVote {
  @ApiProperty({
    description: 'The position that was taken back; null where it is the first vote',
    enum: POSITIONS,
    nullable: true,
    type: String,
  })
  readonly previous!: Position | null;
  @ApiProperty({ description: 'false where the same vote was cast once more' })
  readonly changed!: boolean;
}

/** How many stand where, for OpenAPI. */
export class TotalsDto implements Totals {
  @ApiProperty({ example: 85 })
  readonly yea!: number;
  @ApiProperty({ example: 13 })
  readonly nay!: number;
  @ApiProperty({ example: 2 })
  readonly notVoting!: number;
}

/** How many of the recorded votes are yea or nay, for OpenAPI. */
export class ParticipationDto implements Participation {
  @ApiProperty({ example: 98 })
  readonly voted!: number;
  @ApiProperty({ description: 'Those who stayed away included', example: 100 })
  readonly recorded!: number;
  @ApiProperty({
    description: 'voted of recorded; 0 where nothing is recorded',
    minimum: 0,
    maximum: 1,
    example: 0.98,
  })
  readonly rate!: number;
}
