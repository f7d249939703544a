import type { Changer, DerivedPlace, DerivedStore } from '../contracts/derived-store.js';

/** More lapse by themselves. */
const MAX_KEYS = 10_000;
const MAX_PER_KEY = 100;

/** A change that has ended here, and on its server may still be announced. */
interface Left {
  readonly place: DerivedPlace;
  readonly changer: Changer;
}

/**
 * Removes counters and rankings, and with them the announcements of changes that ended while the server could not be told:
 * until these lapse nothing could be kept in their place.
 */
export class Removal {
  readonly #left = new Map<string, Left[]>();

  constructor(private readonly derived: DerivedStore) {}

  /** A change has ended, and the next removal tells the server. */
  leave(place: DerivedPlace, changer: Changer): void {
    const left = this.#left.get(place.key) ?? [];
    if (left.length < MAX_PER_KEY) left.push({ place, changer });
    if (this.#left.size < MAX_KEYS) this.#left.set(place.key, left);
  }

  async drop(key: string): Promise<void> {
    const left = this.#left.get(key) ?? [];
    // taken out first: many removals of a key may be replayed at once
    this.#left.delete(key);
    try {
      await this.derived.drop(key);
      await Promise.all(left.map(({ place, changer }) => this.derived.commit(place, changer, null)));
    } catch (error) {
      for (const { place, changer } of left) this.leave(place, changer);
      throw error;
    }
  }
}
