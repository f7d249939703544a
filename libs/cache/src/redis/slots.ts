import keySlot from 'cluster-key-slot';

/** How many slots the keys of a Cluster are spread over. */
export const SLOTS = 16_384;

/** With so many labels not even a server of a single slot goes without one, but by a chance of one in a hundred thousand. */
const LABELS = SLOTS * 12;

/** The slot of a text that holds no braces, such as the part of a key's name that stands in them. */
export function slotOf(text: string): number {
  return keySlot(text);
}

/**
 * The first of a fixed series of short texts whose slot fulfils a condition: the name for something that must lie on one
 * server, on which all processes agree. A server keeps its label while other slots come and go, mostly.
 */
export function labelWhere(fits: (slot: number) => boolean): string | undefined {
  for (let number = 0; number < LABELS; number++) {
    const label = number.toString(36);
    if (fits(slotOf(label))) return label;
  }
  return undefined;
}
