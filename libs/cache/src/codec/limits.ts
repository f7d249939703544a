/** How deep values may be nested. It keeps every walk over a value within the stack, and ends walks over cycles. */
export const MAX_LEVELS = 512;

/** How many values one value may contain. It ends walks over objects that contain one another many times. */
export const MAX_ITEMS = 1_000_000;

/** How many tags an entry may carry: each is compared at every read. */
export const MAX_TAGS = 1_000;

/** How many bytes an entry may have beside its payload: it tells what is too long to be an entry at all. */
export const MAX_HEADER_BYTES = 1_048_576;

/** The length of the longest entry. */
export function maxEntryBytes(maxValueBytes: number): number {
  return maxValueBytes + MAX_HEADER_BYTES;
}

/** Half of a surrogate pair without the other half: it has no bytes of its own in UTF-8. */
export const LONE_SURROGATE = /\p{Surrogate}/u;
