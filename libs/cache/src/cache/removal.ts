import type { Changer, DerivedPlace, DerivedStore } from '../contracts/derived-store.js';

/** More lapse by themselves. */
const MAX_KEYS = 50_000;

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
    if (this.#left.size >= MAX_KEYS) this.#left.clear();
    const left = this.#left.get(place.key) ?? [];
    this.#left.set(place.key, [...left, { place, changer }]);
  }

  async drop(key: string): Promise<void> {
    const left = this.#left.get(key) ?? [];
    await this.derived.drop(key);
    await Promise.all(left.map(({ place, changer }) => this.derived.commit(place, changer, null)));
    const since = (this.#left.get(key) ?? []).filter((one) => !left.includes(one));
    if (since.length > 0) this.#left.set(key, since);
    else this.#left.delete(key);
  }
}
