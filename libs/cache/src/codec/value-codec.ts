import type { StorableShape } from './classify.js';

/**
 * One way a value becomes bytes and comes back; `json.ts` is the smallest example.
 * Both directions may throw; whoever calls them turns that into an outcome.
 */
export interface ValueCodec {
  /** Whether values of this shape come back exactly as they were. */
  isExactFor(shape: StorableShape): boolean;
  encode(value: unknown): Buffer;
  /** The value in the bytes, neither frozen nor checked. Parts of it may lie on the bytes: who hands it out copies them. */
  decode(bytes: Buffer): unknown;
}
