import { Controller, Get, Param } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type {
  QuestionAnalytics,
  QuestionCounts,
  QuestionParticipation,
  QuestionResults,
} from '@nuthatch/governance';
import { rowNumber } from '../bounded-int.pipe.js';
import { QuestionAnalyticsDto, QuestionResultsDto } from './results.dto.js';
import { ResultsService } from './results.service.js';
import { QuestionCountsDto, QuestionParticipationDto } from './vote.dto.js';

/**
 * What the votes on a question come to. No response is kept: each follows the next vote at once, on every instance, and what
 * it is made of is kept where every read asks for it.
 */
@ApiTags('results')
@ApiParam({ name: 'questionId', type: Number })
@ApiBadRequestResponse({ description: 'The id is no number of a question' })
@ApiNotFoundResponse({ description: 'There is no such question' })
@Controller('questions/:questionId')
export class ResultsController {
  constructor(private readonly results: ResultsService) {}

  @Get('results')
  @ApiOperation({ summary: 'The votes in total and by party' })
  @ApiOkResponse({ type: QuestionResultsDto })
  ofQuestion(@Param('questionId', rowNumber) questionId: number): Promise<QuestionResults> {
    return this.results.ofQuestion(questionId);
  }

  @Get('counts')
  @ApiOperation({ summary: 'The votes in total' })
  @ApiOkResponse({ type: QuestionCountsDto })
  countsOf(@Param('questionId', rowNumber) questionId: number): Promise<QuestionCounts> {
    return this.results.countsOf(questionId);
  }

  @Get('analytics')
  @ApiOperation({ summary: 'The votes by party and state, the margin, and how each party split' })
  @ApiOkResponse({ type: QuestionAnalyticsDto })
  analyticsOf(@Param('questionId', rowNumber) questionId: number): Promise<QuestionAnalytics> {
    return this.results.analyticsOf(questionId);
  }

  @Get('participation')
  @ApiOperation({ summary: 'How many of the recorded votes are yea or nay' })
  @ApiOkResponse({ type: QuestionParticipationDto })
  participationOf(@Param('questionId', rowNumber) questionId: number): Promise<QuestionParticipation> {
    return this.results.participationOf(questionId);
  }
}
