import { Controller, Get, Param, Query } from '@nestjs/common';
import { Cacheable } from 'nuthatch';
import { rowNumber } from '../bounded-int.pipe.js';
import { question } from '../regions.js';
import { ListQuestionsDto } from './list-questions.dto.js';
import type { Question, QuestionFilter, QuestionPage } from './question.js';
import { QuestionsService } from './questions.service.js';

@Controller('questions')
export class QuestionsController {
  constructor(private readonly questions: QuestionsService) {}

  @Get()
  @Cacheable(question.search, (query: ListQuestionsDto) => [filterOf(query)])
  search(@Query() query: ListQuestionsDto): Promise<QuestionPage> {
    return this.questions.search(filterOf(query));
  }

  @Get(':id')
  @Cacheable(question.detail)
  findOne(@Param('id', rowNumber) id: number): Promise<Question> {
    return this.questions.findOne(id);
  }
}

function filterOf({ session, result, page = 1 }: ListQuestionsDto): QuestionFilter {
  return { session, result, page };
}
