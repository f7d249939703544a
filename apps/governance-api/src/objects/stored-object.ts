import type { ObjectBody } from '../database/schema.js';

/** A row of the table of objects: about 300 bytes of JSON. */
export interface StoredObject extends ObjectBody {
  readonly type: number;
  readonly id: number;
}

/** The highest type and id; 5 and 27 bits, so that both together are the 32 bits of an access trace. */
export const MAX_TYPE = 0x1f;
export const MAX_ID = 0x7ff_ffff;
