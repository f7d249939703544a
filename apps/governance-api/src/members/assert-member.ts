import { NotFoundException } from '@nestjs/common';
import type { Kysely } from 'kysely';
import type { Schema } from '../database/schema.js';

/** @throws NotFoundException when there is no such member. */
export async function assertMember(db: Kysely<Schema>, id: number): Promise<void> {
  const found = await db.selectFrom('members').where('id', '=', id).select('id').executeTakeFirst();
  if (!found) missingMember(id);
}

/** Says that a member does not exist. @throws NotFoundException */
export function missingMember(id: number): never {
  throw new NotFoundException(`There is no member ${id}.`);
}
