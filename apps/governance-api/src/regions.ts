import { defineRegions, region } from 'nuthatch';
import type { StoredObject } from './objects/stored-object.js';

/** The objects of access traces: nothing of them expires during the longest replay. */
export const stored = defineRegions('stored', {
  object: region<[type: number, id: number], StoredObject>({ ttl: '1d' }),
});
