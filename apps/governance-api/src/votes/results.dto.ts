import { ApiProperty } from '@nestjs/swagger';
import type {
  PartySplit,
  PartyTotals,
  QuestionAnalytics,
  QuestionResults,
  Score,
  StateTotals,
} from '@nuthatch/governance';
import { ParticipationDto, TotalsDto } from './vote.dto.js';

/** One party's part, for OpenAPI. */
export class PartyTotalsDto extends TotalsDto implements PartyTotals {
  @ApiProperty({ example: 'R' })
  readonly party!: string;
}

/** What the votes on a question come to, for OpenAPI. */
export class QuestionResultsDto extends TotalsDto implements QuestionResults {
  @ApiProperty({ example: 7 })
  readonly questionId!: number;
  @ApiProperty({ description: 'The share of the recorded votes that are yea or nay', minimum: 0, maximum: 1 })
  readonly participation!: number;
  @ApiProperty({ type: [PartyTotalsDto] })
  readonly parties!: readonly PartyTotalsDto[];
}

/** How a party split, for OpenAPI. */
export class PartySplitDto extends PartyTotalsDto implements PartySplit {
  @ApiProperty({
    description: 'Where most of its yeas and nays are; null when they are equally many',
    enum: ['yea', 'nay', null],
    nullable: true,
    type: String,
  })
  readonly majority!: 'yea' | 'nay' | null;
  @ApiProperty({ description: 'The share of its yeas and nays that is with the larger side', example: 0.96 })
  readonly unity!: number;
}

/** One state's part, for OpenAPI. */
export class StateTotalsDto extends TotalsDto implements StateTotals {
  @ApiProperty({ example: 'AL' })
  readonly state!: string;
}

/** Where the votes on a question came from, for OpenAPI. */
export class QuestionAnalyticsDto implements QuestionAnalytics {
  @ApiProperty({ example: 7 })
  readonly questionId!: number;
  @ApiProperty({ description: 'Yeas minus nays', example: 72 })
  readonly margin!: number;
  @ApiProperty()
  readonly participation!: ParticipationDto;
  @ApiProperty({ type: [PartySplitDto] })
  readonly parties!: readonly PartySplitDto[];
  @ApiProperty({ type: [StateTotalsDto] })
  readonly states!: readonly StateTotalsDto[];
}

/** A question that trends, for OpenAPI. */
export class ScoreDto implements Score {
  @ApiProperty({ example: 7 })
  readonly questionId!: number;
  @ApiProperty({ description: 'The sum over its votes of 2^(-age / halfLife)', example: 42.5 })
  readonly score!: number;
}
