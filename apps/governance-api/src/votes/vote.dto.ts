import { ApiProperty } from '@nestjs/swagger';
import type {
  CommunityParticipation,
  MemberParticipation,
  Participation,
  Position,
  QuestionCounts,
  QuestionParticipation,
  Totals,
  Vote,
} from '@nuthatch/governance';
import { POSITION_CODES } from '../rollcalls/rollcalls.js';
import type { CastAnswer } from './vote.js';

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
export class CastAnswerDto extends VoteDto implements CastAnswer {
  @ApiProperty({
    description: 'The position that was taken back; null where it is the first vote',
    enum: [...POSITIONS, null],
    nullable: true,
    type: String,
  })
  readonly previous!: Position | null;
  @ApiProperty({ description: 'Of the member when the vote was first cast', example: 'R' })
  readonly party!: string;
  @ApiProperty({ description: 'Of the member when the vote was first cast', example: 'AL' })
  readonly state!: string;
  @ApiProperty({
    description: "Whether the member belonged to the question's community when the vote was first cast",
  })
  readonly counted!: boolean;
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

/** How many stand where on a question, for OpenAPI. */
export class QuestionCountsDto extends TotalsDto implements QuestionCounts {
  @ApiProperty({ example: 7 })
  readonly questionId!: number;
}

/** How many of some recorded votes are yea or nay, for OpenAPI. */
export class ParticipationDto implements Participation {
  @ApiProperty({ description: 'The recorded votes, those of absentees included', example: 100 })
  readonly entitled!: number;
  @ApiProperty({ description: 'How many of them are yea or nay', example: 98 })
  readonly voted!: number;
  @ApiProperty({ description: 'Their share; 0 where nothing is recorded', minimum: 0, maximum: 1 })
  readonly participation!: number;
}

/** Participation in a question, for OpenAPI. */
export class QuestionParticipationDto extends ParticipationDto implements QuestionParticipation {
  @ApiProperty({ example: 7 })
  readonly questionId!: number;
}

/** Participation of a member, for OpenAPI. */
export class MemberParticipationDto extends ParticipationDto implements MemberParticipation {
  @ApiProperty({ example: 2 })
  readonly memberId!: number;
}

/** Participation in a community, for OpenAPI. */
export class CommunityParticipationDto extends ParticipationDto implements CommunityParticipation {
  @ApiProperty({ example: 'senate-109' })
  readonly communityId!: string;
}
