import { Module } from '@nestjs/common';
import { CommunitiesModule } from '../communities/communities.module.js';
import { MembersModule } from '../members/members.module.js';
import { QuestionsModule } from '../questions/questions.module.js';
import { WarmCommunities, WarmMembers, WarmQuestions } from './warm-sources.js';
import { WarmingsController } from './warmings.controller.js';
import { WarmingsService } from './warmings.service.js';

@Module({
  imports: [CommunitiesModule, MembersModule, QuestionsModule],
  controllers: [WarmingsController],
  providers: [WarmCommunities, WarmMembers, WarmQuestions, WarmingsService],
})
export class WarmingModule {}
