import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { voting } from '@nuthatch/governance';
import { Cacheable } from 'nuthatch';
import { rowNumber } from '../bounded-int.pipe.js';
import { ListQuestionsDto } from './list-questions.dto.js';
import { QuestionDto, QuestionPageDto } from './question.dto.js';
import type { Question, QuestionFilter, QuestionPage } from './question.js';
import { QuestionsService } from './questions.service.js';

@ApiTags('questions')
@Controller('questions')
export class QuestionsController {
  constructor(private readonly questions: QuestionsService) {}

  @Get()
  @ApiOperation({ summary: 'The questions that match, in the order they were put' })
  @ApiOkResponse({ type: QuestionPageDto })
  @Cacheable(voting.questionList, (query: ListQuestionsDto) => [filterOf(query)])
  search(@Query() query: ListQuestionsDto): Promise<QuestionPage> {
    return this.questions.search(filterOf(query));
  }

  @Get(':id')
  @ApiOperation({ summary: 'A question' })
  @ApiParam({ name: 'id', type: Number })
  @ApiOkResponse({ type: QuestionDto })
  @ApiNotFoundResponse({ description: 'There is no such question' })
  @Cacheable(voting.question)
  findOne(@Param('id', rowNumber) id: number): Promise<Question> {
    return this.questions.findOne(id);
  }
}

function filterOf({ session, result, page = 1 }: ListQuestionsDto): QuestionFilter {
  return { session, result, page };
}
