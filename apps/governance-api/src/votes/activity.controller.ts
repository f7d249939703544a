import { Controller, Get, Param, Query } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { CommunityParticipation, MemberParticipation, Score } from '@nuthatch/governance';
import { rowNumber } from '../bounded-int.pipe.js';
import { textId } from '../plain-text.js';
import { ListTrendingDto } from './list-trending.dto.js';
import { ParticipationService } from './participation.service.js';
import { ScoreDto } from './results.dto.js';
import { TrendingService } from './trending.service.js';
import { CommunityParticipationDto, MemberParticipationDto } from './vote.dto.js';

/** How much communities and members vote, and on what. Like results, each answer follows the next vote at once. */
@ApiTags('results')
@ApiBadRequestResponse({ description: 'An id or a limit that is none' })
@Controller()
export class ActivityController {
  constructor(
    private readonly participation: ParticipationService,
    private readonly trending: TrendingService,
  ) {}

  @Get('communities/:id/participation')
  @ApiOperation({ summary: "How many of the votes on a community's questions are yea or nay" })
  @ApiOkResponse({ type: CommunityParticipationDto })
  @ApiNotFoundResponse({ description: 'There is no such community' })
  ofCommunity(@Param('id', textId) id: string): Promise<CommunityParticipation> {
    return this.participation.ofCommunity(id);
  }

  @Get('communities/:id/trending')
  @ApiOperation({ summary: "The community's questions that are voted on these days, highest score first" })
  @ApiOkResponse({ type: [ScoreDto] })
  @ApiNotFoundResponse({ description: 'There is no such community' })
  trendingOf(@Param('id', textId) id: string, @Query() { limit = 10 }: ListTrendingDto): Promise<Score[]> {
    return this.trending.ofCommunity(id, limit);
  }

  @Get('members/:id/participation')
  @ApiOperation({ summary: "How many of a member's votes are yea or nay" })
  @ApiParam({ name: 'id', type: Number })
  @ApiOkResponse({ type: MemberParticipationDto })
  @ApiNotFoundResponse({ description: 'There is no such member' })
  ofMember(@Param('id', rowNumber) id: number): Promise<MemberParticipation> {
    return this.participation.ofMember(id);
  }
}
