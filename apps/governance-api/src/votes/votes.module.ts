import { Module } from '@nestjs/common';
import { MembersModule } from '../members/members.module.js';
import { QuestionsModule } from '../questions/questions.module.js';
import { ActivityController } from './activity.controller.js';
import { ParticipationService } from './participation.service.js';
import { ResultsController } from './results.controller.js';
import { ResultsService } from './results.service.js';
import { TrendingService } from './trending.service.js';
import { VotesController } from './votes.controller.js';
import { VotesService } from './votes.service.js';

@Module({
  imports: [MembersModule, QuestionsModule],
  controllers: [VotesController, ResultsController, ActivityController],
  providers: [VotesService, ResultsService, ParticipationService, TrendingService],
})
export class VotesModule {}
