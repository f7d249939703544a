import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { Vote } from '@nuthatch/governance';
import { ActivityStrategy } from '../activity/activity.strategy.js';
import { rowNumber } from '../bounded-int.pipe.js';
import { CastVoteDto, RollCallDto } from './cast-vote.dto.js';
import { CastAnswerDto, VoteDto } from './vote.dto.js';
import type { CastAnswer } from './vote.js';
import { VotesService } from './votes.service.js';

/** Votes are read and cast. */
@ApiTags('votes')
@ApiParam({ name: 'questionId', type: Number })
@ApiNotFoundResponse({ description: 'There is no such question, member or vote' })
@Controller('questions/:questionId')
export class VotesController {
  constructor(
    private readonly votes: VotesService,
    private readonly activity: ActivityStrategy,
  ) {}

  @Get('votes/:memberId')
  @ApiOperation({ summary: 'How a member stands on a question' })
  @ApiParam({ name: 'memberId', type: Number })
  @ApiOkResponse({ type: VoteDto })
  findOne(
    @Param('questionId', rowNumber) questionId: number,
    @Param('memberId', rowNumber) memberId: number,
  ): Promise<Vote> {
    return this.votes.findOne(questionId, memberId);
  }

  @Put('votes')
  @ApiOperation({ summary: 'Casts or changes a vote: sent twice it counts once' })
  @ApiOkResponse({ type: CastAnswerDto })
  @ApiBadRequestResponse({ description: 'The body is no vote' })
  async cast(
    @Param('questionId', rowNumber) questionId: number,
    @Body() { memberId, position }: CastVoteDto,
  ): Promise<CastAnswer> {
    const answer = await this.votes.cast(questionId, memberId, position);
    void this.activity.saw(memberId, 'vote');
    return answer;
  }

  @Put('roll-call')
  @ApiOperation({ summary: 'Casts a whole roll call: all of its votes, or none' })
  @ApiOkResponse({ type: [CastAnswerDto], description: 'The votes, by member' })
  @ApiBadRequestResponse({ description: 'The body is no roll call' })
  castAll(
    @Param('questionId', rowNumber) questionId: number,
    @Body() body: RollCallDto,
  ): Promise<CastAnswer[]> {
    return this.votes.castAll(questionId, body.votes);
  }
}
