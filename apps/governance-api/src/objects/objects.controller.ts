import { Controller, Get, Param } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { Cacheable } from 'nuthatch';
import { BoundedIntPipe } from '../bounded-int.pipe.js';
import { stored } from '../regions.js';
import { ObjectsService } from './objects.service.js';
import { StoredObjectDto } from './stored-object.dto.js';
import { MAX_ID, MAX_TYPE, type StoredObject } from './stored-object.js';

@ApiTags('objects')
@ApiBadRequestResponse({ description: 'The path holds no type, or no id' })
@Controller('objects')
export class ObjectsController {
  constructor(private readonly objects: ObjectsService) {}

  @Get(':type/:id')
  @Cacheable(stored.object)
  @ApiOperation({ summary: 'An object of an access trace' })
  @ApiParam({ name: 'type', type: Number })
  @ApiParam({ name: 'id', type: Number })
  @ApiOkResponse({ type: StoredObjectDto })
  @ApiNotFoundResponse({ description: 'There is no such object' })
  findOne(
    @Param('type', new BoundedIntPipe(0, MAX_TYPE)) type: number,
    @Param('id', new BoundedIntPipe(0, MAX_ID)) id: number,
  ): Promise<StoredObject> {
    return this.objects.findOne(type, id);
  }
}
