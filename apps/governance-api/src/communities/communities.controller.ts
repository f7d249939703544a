import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { Cacheable } from 'nuthatch';
import type { Member } from '../members/member.js';
import { community } from '../regions.js';
import { CommunitiesService } from './communities.service.js';
import type { CommunityMetadata } from './community.js';
import { RenameCommunityDto } from './rename-community.dto.js';

@Controller('communities')
export class CommunitiesController {
  constructor(private readonly communities: CommunitiesService) {}

  @Get()
  @Cacheable(community.list)
  list(): Promise<CommunityMetadata[]> {
    return this.communities.list();
  }

  @Get(':id')
  @Cacheable(community.metadata)
  findOne(@Param('id') id: string): Promise<CommunityMetadata> {
    return this.communities.findOne(id);
  }

  @Get(':id/members')
  @Cacheable(community.members)
  members(@Param('id') id: string): Promise<Member[]> {
    return this.communities.members(id);
  }

  @Put(':id')
  rename(@Param('id') id: string, @Body() body: RenameCommunityDto): Promise<CommunityMetadata> {
    return this.communities.rename(id, body.name);
  }
}
