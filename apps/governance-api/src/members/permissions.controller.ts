import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { user } from '@nuthatch/governance';
import { Cacheable } from 'nuthatch';
import { rowNumber } from '../bounded-int.pipe.js';
import { textId } from '../plain-text.js';
import { GrantPermissionsDto } from './member-bodies.dto.js';
import { PermissionsDto } from './member.dto.js';
import type { UserPermissions } from './member.js';
import { PermissionsService } from './permissions.service.js';

/** What members may do. */
@ApiTags('members')
@ApiParam({ name: 'id', type: Number })
@ApiNotFoundResponse({ description: 'There is no such member, or no such community' })
@ApiBadRequestResponse({ description: 'The path holds what is no id' })
@Controller('members/:id/permissions')
export class PermissionsController {
  constructor(private readonly permissions: PermissionsService) {}

  @Get(':communityId')
  @Cacheable(user.permissions)
  @ApiOperation({ summary: 'What a member may do in a community' })
  @ApiOkResponse({ type: PermissionsDto })
  findOne(
    @Param('id', rowNumber) id: number,
    @Param('communityId', textId) communityId: string,
  ): Promise<UserPermissions> {
    return this.permissions.findOne(id, communityId);
  }

  @Put(':communityId')
  @ApiOperation({ summary: 'Grants a member these permissions in a community, and no others' })
  @ApiOkResponse({ type: PermissionsDto })
  @ApiBadRequestResponse({ description: 'The body grants what there is not' })
  grant(
    @Param('id', rowNumber) id: number,
    @Param('communityId', textId) communityId: string,
    @Body() body: GrantPermissionsDto,
  ): Promise<UserPermissions> {
    return this.permissions.grant(id, communityId, body.permissions);
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Takes back every grant of a member, in all communities' })
  @ApiNoContentResponse()
  withdraw(@Param('id', rowNumber) id: number): Promise<void> {
    return this.permissions.withdraw(id);
  }
}
