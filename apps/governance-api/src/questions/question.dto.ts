import { ApiProperty } from '@nestjs/swagger';
import type { Question, QuestionPage, QuestionSummary } from './question.js';

/** A question in a list, for OpenAPI. */
export class QuestionSummaryDto implements QuestionSummary {
  @ApiProperty({ description: 'The place among all questions, from 1', example: 7 })
  readonly id!: number;
  @ApiProperty({ format: 'date', example: '2005-01-06' })
  readonly date!: string;
  @ApiProperty({ example: 1 })
  readonly session!: number;
  @ApiProperty({ description: 'The number within the session', example: 7 })
  readonly number!: number;
  @ApiProperty({ example: 'On the Nomination' })
  readonly question!: string;
  @ApiProperty({ example: 'Confirmed' })
  readonly result!: string;
}

/** A question, for OpenAPI. */
export class QuestionDto extends QuestionSummaryDto implements Question {
  @ApiProperty({ example: 'senate-109' })
  readonly communityId!: string;
  @ApiProperty({ example: 'PN8' })
  readonly bill!: string;
  @ApiProperty()
  readonly description!: string;
  @ApiProperty({ description: 'The yeas as announced', example: 85 })
  readonly officialYea!: number;
  @ApiProperty({ description: 'The nays as announced', example: 13 })
  readonly officialNay!: number;
}

/** A page of questions, for OpenAPI. */
export class QuestionPageDto implements QuestionPage {
  @ApiProperty({ example: 1 })
  readonly page!: number;
  @ApiProperty({ example: 20 })
  readonly pageSize!: number;
  @ApiProperty({ description: 'How many questions match, on all pages', example: 645 })
  readonly total!: number;
  @ApiProperty({ type: [QuestionSummaryDto] })
  readonly items!: readonly QuestionSummaryDto[];
}
