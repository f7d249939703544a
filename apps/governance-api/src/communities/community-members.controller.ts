import { Controller, Delete, Get, Param, Put } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { community } from '@nuthatch/governance';
import { Cacheable } from 'nuthatch';
import { rowNumber } from '../bounded-int.pipe.js';
import { textId } from '../plain-text.js';
import { MemberDto } from '../members/member.dto.js';
import { CommunitiesService } from './communities.service.js';
import { CommunityChangesService } from './community-changes.service.js';
import { CommunityMemberCountDto } from './community.dto.js';
import type { CommunityMember, CommunityMemberCount } from './community.js';

/** Who belongs to a community. */
@ApiTags('communities')
@ApiNotFoundResponse({ description: 'There is no such community, or no such member' })
@ApiBadRequestResponse({ description: 'The path holds what is no id' })
@Controller('communities/:id')
export class CommunityMembersController {
  constructor(
    private readonly communities: CommunitiesService,
    private readonly changes: CommunityChangesService,
  ) {}

  @Get('members')
  @Cacheable(community.members)
  @ApiOperation({ summary: 'Who belongs to a community, by name' })
  @ApiOkResponse({ type: [MemberDto] })
  members(@Param('id', textId) id: string): Promise<readonly CommunityMember[]> {
    return this.communities.members(id);
  }

  @Get('member-count')
  @Cacheable(community.memberCount)
  @ApiOperation({ summary: 'How many belong to a community' })
  @ApiOkResponse({ type: CommunityMemberCountDto })
  memberCount(@Param('id', textId) id: string): Promise<CommunityMemberCount> {
    return this.communities.memberCount(id);
  }

  @Put('members/:memberId')
  @ApiOperation({ summary: 'Makes somebody a member; who is one already stays one' })
  @ApiParam({ name: 'memberId', type: Number })
  @ApiOkResponse({ type: CommunityMemberCountDto })
  join(
    @Param('id', textId) id: string,
    @Param('memberId', rowNumber) memberId: number,
  ): Promise<CommunityMemberCount> {
    return this.changes.join(id, memberId);
  }

  @Delete('members/:memberId')
  @ApiOperation({ summary: 'Ends a membership, if there is one' })
  @ApiParam({ name: 'memberId', type: Number })
  @ApiOkResponse({ type: CommunityMemberCountDto })
  leave(
    @Param('id', textId) id: string,
    @Param('memberId', rowNumber) memberId: number,
  ): Promise<CommunityMemberCount> {
    return this.changes.leave(id, memberId);
  }
}
