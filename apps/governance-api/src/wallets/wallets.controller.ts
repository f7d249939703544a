import { Controller, Delete, Get, HttpCode, NotFoundException, Param, Put } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { user } from '@nuthatch/governance';
import type { WalletOwner } from '@nuthatch/governance';
import { Cacheable } from 'nuthatch';
import { rowNumber } from '../bounded-int.pipe.js';
import { AddressPipe } from './address.pipe.js';
import { WalletDto } from './wallet.dto.js';
import { WalletsService } from './wallets.service.js';

/** Whose wallets are whose. */
@ApiTags('wallets')
@ApiBadRequestResponse({ description: 'That is no address' })
@Controller()
export class WalletsController {
  constructor(private readonly wallets: WalletsService) {}

  @Get('wallets/:address')
  @Cacheable(user.wallet)
  @ApiOperation({ summary: 'Whose wallet it is; hex addresses are the same in either case' })
  @ApiOkResponse({ type: WalletDto })
  @ApiNotFoundResponse({ description: "It is nobody's" })
  async ownerOf(@Param('address', AddressPipe) address: string): Promise<WalletOwner> {
    const owner = await this.wallets.ownerOf(address);
    if (owner === null) throw new NotFoundException("The wallet is nobody's.");
    return owner;
  }

  @Put('members/:id/wallets/:address')
  @ApiOperation({ summary: "Makes a wallet a member's" })
  @ApiParam({ name: 'id', type: Number })
  @ApiOkResponse({ type: WalletDto })
  @ApiNotFoundResponse({ description: 'There is no such member' })
  @ApiConflictResponse({ description: "It is somebody else's" })
  link(
    @Param('id', rowNumber) id: number,
    @Param('address', AddressPipe) address: string,
  ): Promise<WalletOwner> {
    return this.wallets.link(id, address);
  }

  @Delete('members/:id/wallets/:address')
  @HttpCode(204)
  @ApiOperation({ summary: "Takes a wallet away from a member, if it is the member's" })
  @ApiParam({ name: 'id', type: Number })
  @ApiNoContentResponse()
  unlink(@Param('id', rowNumber) id: number, @Param('address', AddressPipe) address: string): Promise<void> {
    return this.wallets.unlink(id, address);
  }
}
