import { Module } from '@nestjs/common';
import { ResultsService } from './results.service.js';
import { VotesController } from './votes.controller.js';
import { VotesService } from './votes.service.js';

@Module({ controllers: [VotesController], providers: [VotesService, ResultsService] })
export class VotesModule {}
