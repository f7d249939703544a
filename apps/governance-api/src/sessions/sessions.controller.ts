import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { UserSession } from '@nuthatch/governance';
import { ActivityStrategy } from '../activity/activity.strategy.js';
import { rowNumber } from '../bounded-int.pipe.js';
import { BegunSessionDto, BeginSessionDto, RevokedSessionsDto, SessionDto } from './session.dto.js';
import { SessionsService } from './sessions.service.js';

/** Sessions begin, are asked for and end. No response is kept, by the cache or by anybody else: only what is known of a session. */
@ApiTags('sessions')
@Controller()
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly activity: ActivityStrategy,
  ) {}

  @Post('sessions')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Begins a session' })
  @ApiCreatedResponse({ type: BegunSessionDto })
  @ApiBadRequestResponse({ description: 'The body names no member' })
  @ApiNotFoundResponse({ description: 'There is no such member' })
  begin(@Body() body: BeginSessionDto): Promise<UserSession & { readonly token: string }> {
    return this.sessions.begin(body.memberId);
  }

  @Get('sessions/:token')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Whose session it is' })
  @ApiOkResponse({ type: SessionDto })
  @ApiNotFoundResponse({ description: 'There is no such session, or it has ended' })
  async findOne(@Param('token') token: string): Promise<UserSession> {
    const session = await this.sessions.findOne(token);
    await this.activity.saw(session.userId, 'session');
    return session;
  }

  @Delete('sessions/:token')
  @HttpCode(204)
  @ApiOperation({ summary: 'Ends a session, if there is one' })
  @ApiNoContentResponse()
  end(@Param('token') token: string): Promise<void> {
    return this.sessions.end(token);
  }

  @Delete('members/:id/sessions')
  @ApiOperation({ summary: 'Ends every session of a member' })
  @ApiParam({ name: 'id', type: Number })
  @ApiOkResponse({ type: RevokedSessionsDto })
  @ApiBadRequestResponse({ description: 'The path holds what is no id' })
  @ApiNotFoundResponse({ description: 'There is no such member' })
  async endAll(@Param('id', rowNumber) id: number): Promise<RevokedSessionsDto> {
    return { revoked: await this.sessions.endAll(id) };
  }
}
