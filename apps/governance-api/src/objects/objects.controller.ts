import { Controller, Get, Param } from '@nestjs/common';
import { Cacheable } from 'nuthatch';
import { BoundedIntPipe } from '../bounded-int.pipe.js';
import { stored } from '../regions.js';
import { ObjectsService } from './objects.service.js';
import { MAX_ID, MAX_TYPE, type StoredObject } from './stored-object.js';

@Controller('objects')
export class ObjectsController {
  constructor(private readonly objects: ObjectsService) {}

  @Get(':type/:id')
  @Cacheable(stored.object)
  findOne(
    @Param('type', new BoundedIntPipe(0, MAX_TYPE)) type: number,
    @Param('id', new BoundedIntPipe(0, MAX_ID)) id: number,
  ): Promise<StoredObject> {
    return this.objects.findOne(type, id);
  }
}
