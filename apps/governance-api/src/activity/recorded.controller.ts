import { Controller, Get, Header, Param } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { rowNumber } from '../bounded-int.pipe.js';
import { textId } from '../plain-text.js';
import { LastSeenDto, ViewCountDto } from './activity.dto.js';
import type { ViewCount } from './activity.regions.js';
import { ActivityService } from './activity.service.js';

/** What was recorded of members and pages. */
@ApiTags('activity')
@ApiBadRequestResponse({ description: 'The path holds what is no id' })
@Controller()
export class RecordedController {
  constructor(private readonly activity: ActivityService) {}

  @Get('members/:id/seen')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'When a member was last seen' })
  @ApiParam({ name: 'id', type: Number })
  @ApiOkResponse({ type: LastSeenDto })
  @ApiNotFoundResponse({ description: 'There is no such member' })
  async seen(@Param('id', rowNumber) id: number): Promise<LastSeenDto> {
    return { seen: await this.activity.seen(id) };
  }

  @Get('communities/:id/views')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: "How often a community's page was looked at, views of the last moments apart" })
  @ApiOkResponse({ type: ViewCountDto })
  @ApiNotFoundResponse({ description: 'There is no such community' })
  views(@Param('id', textId) id: string): Promise<ViewCount> {
    return this.activity.views(id);
  }
}
