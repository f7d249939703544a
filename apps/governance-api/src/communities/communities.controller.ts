import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { canonicalFilter, community } from '@nuthatch/governance';
import { Cacheable } from 'nuthatch';
import { textId } from '../plain-text.js';
import { CommunitiesService } from './communities.service.js';
import { ConfigureCommunityDto, RenameCommunityDto } from './community-bodies.dto.js';
import { CommunityChangesService } from './community-changes.service.js';
import { CommunityConfigurationDto, CommunityDto, CommunityEventDto } from './community.dto.js';
import type { CommunityConfiguration, CommunityEvent, CommunityMetadata } from './community.js';
import { ListCommunitiesDto } from './list-communities.dto.js';

/** Communities are looked for, read and changed. */
@ApiTags('communities')
@ApiBadRequestResponse({ description: 'The path holds what is no id' })
@Controller('communities')
export class CommunitiesController {
  constructor(
    private readonly communities: CommunitiesService,
    private readonly changes: CommunityChangesService,
  ) {}

  @Get()
  @Cacheable(community.list, (query: ListCommunitiesDto) => [canonicalFilter(query)])
  @ApiOperation({ summary: 'The communities that match' })
  @ApiOkResponse({ type: [CommunityDto] })
  @ApiBadRequestResponse({ description: 'The query asks for what there is not' })
  list(@Query() query: ListCommunitiesDto): Promise<readonly CommunityMetadata[]> {
    return this.communities.list(query);
  }

  @Get(':id')
  @Cacheable(community.metadata)
  @ApiOperation({ summary: 'A community' })
  @ApiOkResponse({ type: CommunityDto })
  @ApiNotFoundResponse({ description: 'There is no such community' })
  findOne(@Param('id', textId) id: string): Promise<CommunityMetadata> {
    return this.communities.findOne(id);
  }

  @Put(':id')
  @ApiOperation({ summary: 'Gives a community another name' })
  @ApiOkResponse({ type: CommunityDto })
  @ApiBadRequestResponse({ description: 'The body has no name' })
  @ApiNotFoundResponse({ description: 'There is no such community' })
  rename(@Param('id', textId) id: string, @Body() body: RenameCommunityDto): Promise<CommunityMetadata> {
    return this.changes.rename(id, body.name);
  }

  @Get(':id/configuration')
  @Cacheable(community.configuration)
  @ApiOperation({ summary: 'What a community has agreed on' })
  @ApiOkResponse({ type: CommunityConfigurationDto })
  @ApiNotFoundResponse({ description: 'There is no such community' })
  configuration(@Param('id', textId) id: string): Promise<CommunityConfiguration> {
    return this.communities.configuration(id);
  }

  @Put(':id/configuration')
  @ApiOperation({ summary: 'Sets what a community has agreed on' })
  @ApiOkResponse({ type: CommunityConfigurationDto })
  @ApiBadRequestResponse({ description: 'The body is no configuration' })
  @ApiNotFoundResponse({ description: 'There is no such community' })
  configure(
    @Param('id', textId) id: string,
    @Body() body: ConfigureCommunityDto,
  ): Promise<CommunityConfiguration> {
    return this.changes.configure(id, body);
  }

  @Get(':id/activity')
  @Cacheable(community.activity)
  @ApiOperation({ summary: 'What happened in a community lately, the latest first' })
  @ApiOkResponse({ type: [CommunityEventDto] })
  @ApiNotFoundResponse({ description: 'There is no such community' })
  activity(@Param('id', textId) id: string): Promise<readonly CommunityEvent[]> {
    return this.communities.activity(id);
  }
}
