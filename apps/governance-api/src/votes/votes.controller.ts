import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { Cacheable } from 'nuthatch';
import { rowNumber } from '../bounded-int.pipe.js';
import { voting } from '../regions.js';
import { CastVoteDto, RollCallDto } from './cast-vote.dto.js';
import { ResultsService } from './results.service.js';
import type { QuestionResults, Vote } from './vote.js';
import { VotesService } from './votes.service.js';

@Controller('questions/:questionId')
export class VotesController {
  constructor(
    private readonly votes: VotesService,
    private readonly results: ResultsService,
  ) {}

  @Get('results')
  @Cacheable(voting.results)
  ofQuestion(@Param('questionId', rowNumber) questionId: number): Promise<QuestionResults> {
    return this.results.ofQuestion(questionId);
  }

  @Get('votes/:memberId')
  @Cacheable(voting.vote)
  findOne(
    @Param('questionId', rowNumber) questionId: number,
    @Param('memberId', rowNumber) memberId: number,
  ): Promise<Vote> {
    return this.votes.findOne(questionId, memberId);
  }

  @Put('votes')
  cast(@Param('questionId', rowNumber) questionId: number, @Body() body: CastVoteDto): Promise<Vote> {
    return this.votes.cast(questionId, body.memberId, body.position);
  }

  /** A whole roll call at once: all of its votes, or none. */
  @Put('roll-call')
  castAll(@Param('questionId', rowNumber) questionId: number, @Body() body: RollCallDto): Promise<Vote[]> {
    return this.votes.castAll(questionId, body.votes);
  }
}
