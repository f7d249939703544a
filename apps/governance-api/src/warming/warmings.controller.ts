import { Body, Controller, Delete, Get, Header, HttpCode, Post } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBadRequestResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { BeginWarmingDto, WarmingDto } from './warming.dto.js';
import { WarmingsService } from './warmings.service.js';

/** Warming on demand. */
@ApiTags('warmings')
@Controller('warmings')
export class WarmingsController {
  constructor(private readonly warmings: WarmingsService) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({ summary: 'Begins to load what is not fresh; what is under way already goes on' })
  @ApiAcceptedResponse({ type: [WarmingDto] })
  @ApiBadRequestResponse({ description: 'There is no such strategy' })
  begin(@Body() body: BeginWarmingDto): readonly WarmingDto[] {
    return this.warmings.begin(body);
  }

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'How far the last warming of each strategy is, and the one of the boot while it runs',
  })
  @ApiOkResponse({ type: [WarmingDto] })
  current(): readonly WarmingDto[] {
    return this.warmings.current();
  }

  @Delete()
  @ApiOperation({ summary: 'Begins no more loads' })
  @ApiOkResponse({ type: [WarmingDto] })
  cancel(): readonly WarmingDto[] {
    return this.warmings.cancel();
  }
}
