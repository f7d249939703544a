import { ApiProperty } from '@nestjs/swagger';
import type { StoredObject } from './stored-object.js';

/** A stored object, for OpenAPI. */
export class StoredObjectDto implements StoredObject {
  @ApiProperty({ example: 1 })
  readonly type!: number;
  @ApiProperty({ example: 2 })
  readonly id!: number;
  @ApiProperty({ example: 'object 1/2' })
  readonly name!: string;
  @ApiProperty({ example: 0.02 })
  readonly price!: number;
  @ApiProperty()
  readonly description!: string;
}
