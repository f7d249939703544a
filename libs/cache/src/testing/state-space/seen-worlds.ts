/** Fibonacci hashing's odd number for 32 bits. */
const SPREAD = 0x9e3779b1;
const FIRST_SLOTS = 1 << 15;
// looking up a global costs much where tests run, in a context of their own
const { imul } = Math;

/**
 * The set of worlds that were seen, as byte strings of one length in one array.
 * An exploration asks millions of times, and a Set of strings would spend most of the time on making them.
 */
export class SeenWorlds {
  #size = 0;
  /** The place of a world plus one, 0 where there is none. */
  #slots = new Int32Array(FIRST_SLOTS);
  #hashes = new Int32Array(FIRST_SLOTS / 2);
  #bytes: Uint8Array;

  constructor(private readonly length: number) {
    this.#bytes = new Uint8Array((FIRST_SLOTS / 2) * length);
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a world; `false` if it was there. */
  add(world: Uint8Array): boolean {
    const mask = this.#slots.length - 1;
    const hash = hashOf(world);
    let slot = hash & mask;
    for (let place = this.#slots[slot] ?? 0; place !== 0; place = this.#slots[slot] ?? 0) {
      if (this.#hashes[place - 1] === hash && this.#is(place - 1, world)) return false;
      slot = (slot + 1) & mask;
    }
    this.#hashes[this.#size] = hash;
    this.#bytes.set(world, this.#size * this.length);
    this.#slots[slot] = ++this.#size;
    if (this.#size * 2 === this.#slots.length) this.#grow();
    return true;
  }

  #is(place: number, world: Uint8Array): boolean {
    const from = place * this.length;
    for (let i = 0; i < this.length; i++) if (this.#bytes[from + i] !== world[i]) return false;
    return true;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let place = 0; place < this.#size; place++) {
      let slot = (this.#hashes[place] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = place + 1;
    }
    const hashes = new Int32Array(this.#size * 2);
    hashes.set(this.#hashes);
    const bytes = new Uint8Array(this.#bytes.length * 2);
    bytes.set(this.#bytes);
    this.#slots = slots;
    this.#hashes = hashes;
    this.#bytes = bytes;
  }
}

function hashOf(bytes: Uint8Array): number {
  let hash = bytes.length;
  for (let i = 0; i < bytes.length; i++) {
    hash = imul(hash ^ (bytes[i] ?? 0), SPREAD);
    hash ^= hash >>> 15;
  }
  return hash | 0;
}
