import { Module } from '@nestjs/common';
import { CommunitiesController } from './communities.controller.js';
import { CommunitiesService } from './communities.service.js';
import { CommunityChangesService } from './community-changes.service.js';
import { CommunityMembersController } from './community-members.controller.js';

@Module({
  controllers: [CommunitiesController, CommunityMembersController],
  providers: [CommunitiesService, CommunityChangesService],
  exports: [CommunitiesService],
})
export class CommunitiesModule {}
