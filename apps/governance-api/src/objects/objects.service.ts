import { Injectable } from '@nestjs/common';
import { GovernanceDatabase } from '../database/governance-database.js';
import type { ObjectBody } from '../database/schema.js';
import { insertObjects } from './insert-objects.js';
import type { StoredObject } from './stored-object.js';

/** The table that access traces are replayed against. */
@Injectable()
export class ObjectsService {
  constructor(private readonly database: GovernanceDatabase) {}

  /** The row of an object. One that nobody asked for before is made up and inserted: a trace may name any. */
  async findOne(type: number, id: number): Promise<StoredObject> {
    const body = (await this.find(type, id)) ?? (await this.insert(type, id));
    return { type, id, ...body };
  }

  private async find(type: number, id: number): Promise<ObjectBody | undefined> {
    const query = this.database.db.selectFrom('objects').where('type', '=', type).where('id', '=', id);
    return (await query.select('body').executeTakeFirst())?.body;
  }

  private async insert(type: number, id: number): Promise<ObjectBody> {
    await insertObjects(this.database.db, [{ type, id }]);
    const body = await this.find(type, id);
    if (!body) throw new Error(`The object ${type}/${id} is gone right after it was inserted.`);
    return body;
  }
}
