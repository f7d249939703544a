import { Controller, Get, Param } from '@nestjs/common';
import { Cacheable } from 'nuthatch';
import { rowNumber } from '../bounded-int.pipe.js';
import { member } from '../regions.js';
import type { Member } from './member.js';
import { MembersService } from './members.service.js';

@Controller('members')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  @Get(':id')
  @Cacheable(member.profile)
  findOne(@Param('id', rowNumber) id: number): Promise<Member> {
    return this.members.findOne(id);
  }
}
