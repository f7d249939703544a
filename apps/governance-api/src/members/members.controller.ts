import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { user } from '@nuthatch/governance';
import { Cacheable } from 'nuthatch';
import { rowNumber } from '../bounded-int.pipe.js';
import { ChangeProfileDto, SetPreferencesDto } from './member-bodies.dto.js';
import { MemberDto, MemberEventDto, MembershipDto, PreferencesDto } from './member.dto.js';
import type { UserEvent, UserMembership, UserPreferences, UserProfile } from './member.js';
import { MembersService } from './members.service.js';
import { PreferencesService } from './preferences.service.js';

/** Who members are and how they want it. */
@ApiTags('members')
@ApiParam({ name: 'id', type: Number })
@ApiNotFoundResponse({ description: 'There is no such member' })
@ApiBadRequestResponse({ description: 'The path holds what is no id' })
@Controller('members/:id')
export class MembersController {
  constructor(
    private readonly members: MembersService,
    private readonly preferences: PreferencesService,
  ) {}

  @Get()
  @Cacheable(user.profile)
  @ApiOperation({ summary: 'A member' })
  @ApiOkResponse({ type: MemberDto })
  findOne(@Param('id', rowNumber) id: number): Promise<UserProfile> {
    return this.members.findOne(id);
  }

  @Put()
  @ApiOperation({ summary: 'Changes what the body says of a member' })
  @ApiOkResponse({ type: MemberDto })
  @ApiBadRequestResponse({ description: 'The body is no profile' })
  change(@Param('id', rowNumber) id: number, @Body() body: ChangeProfileDto): Promise<UserProfile> {
    return this.members.change(id, body);
  }

  @Get('memberships')
  @Cacheable(user.memberships)
  @ApiOperation({ summary: 'The communities that a member belongs to' })
  @ApiOkResponse({ type: [MembershipDto] })
  memberships(@Param('id', rowNumber) id: number): Promise<readonly UserMembership[]> {
    return this.members.memberships(id);
  }

  @Get('activity')
  @Cacheable(user.activity)
  @ApiOperation({ summary: 'What a member did lately, the latest first' })
  @ApiOkResponse({ type: [MemberEventDto] })
  activity(@Param('id', rowNumber) id: number): Promise<readonly UserEvent[]> {
    return this.members.activity(id);
  }

  @Get('preferences')
  @Cacheable(user.preferences)
  @ApiOperation({ summary: 'How a member wants it' })
  @ApiOkResponse({ type: PreferencesDto })
  findPreferences(@Param('id', rowNumber) id: number): Promise<UserPreferences> {
    return this.preferences.findOne(id);
  }

  @Put('preferences')
  @ApiOperation({ summary: 'Sets how a member wants it' })
  @ApiOkResponse({ type: PreferencesDto })
  @ApiBadRequestResponse({ description: 'The body is no preferences' })
  setPreferences(
    @Param('id', rowNumber) id: number,
    @Body() body: SetPreferencesDto,
  ): Promise<UserPreferences> {
    return this.preferences.set(id, body);
  }
}
