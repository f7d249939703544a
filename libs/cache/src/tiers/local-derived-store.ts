import type { Clock } from '../contracts/clock.js';
import type {
  BeginOptions,
  Changer,
  DerivedPlace,
  DerivedStore,
  Numbers,
  RecountReply,
  RecountRequest,
} from '../contracts/derived-store.js';
import { DerivedCell } from './derived-cell.js';

/**
 * Counters and rankings in the memory of this process, by the rules of the port: what an application without Redis has, and
 * what stands for it in tests. Of more keys than `maxKeys` those that were not used for longest are counted anew.
 */
export class LocalDerivedStore implements DerivedStore {
  /** The most recently used last. */
  readonly #cells = new Map<string, DerivedCell>();
  #epoch = 0;

  constructor(
    private readonly clock: Clock,
    private readonly maxKeys = 10_000,
  ) {}

  /** Everything is gone, as when a server comes back with other data. */
  restart(): void {
    this.#cells.clear();
    this.#epoch++;
  }

  read(place: DerivedPlace, limit = 0): Promise<Numbers | undefined> {
    return this.#with(place.key, (cell) => cell.read(place, limit));
  }

  recount(place: DerivedPlace, request: RecountRequest): Promise<RecountReply> {
    return this.#with(place.key, (cell, now) => cell.recount(place, request, now, String(this.#epoch)));
  }

  fill(place: DerivedPlace, right: { token: string; epoch: string }, numbers: Numbers): Promise<boolean> {
    const { token, epoch } = right;
    return this.#with(
      place.key,
      (cell, now) => epoch === String(this.#epoch) && cell.fill(place, token, numbers, now),
    );
  }

  renew(place: DerivedPlace, token: string, ms: number): Promise<boolean> {
    return this.#with(place.key, (cell, now) => cell.renew(token, now + ms));
  }

  release(place: DerivedPlace, token: string, overtakenMs = 0): Promise<void> {
    return this.#with(place.key, (cell, now) =>
      cell.release(token, overtakenMs === 0 ? 0 : now + overtakenMs),
    );
  }

  begin(place: DerivedPlace, changer: Changer, options: BeginOptions): Promise<boolean> {
    return this.#with(place.key, (cell, now) => cell.begin(changer, now, options));
  }

  commit(place: DerivedPlace, changer: Changer, deltas: Numbers | null): Promise<boolean> {
    const { key } = place;
    // one that lapsed this very moment, unnoticed, is still known: what it did can be added
    const work = (cell: DerivedCell, now: number) => cell.commit(place, changer, deltas, now);
    return Promise.resolve(work(this.#cell(key), this.clock.now()));
  }

  drop(key: string): Promise<void> {
    return this.#with(key, (cell) => cell.drop());
  }

  #with<T>(key: string, work: (cell: DerivedCell, now: number) => T): Promise<T> {
    const now = this.clock.now();
    const cell = this.#cell(key);
    cell.settle(now);
    return Promise.resolve(work(cell, now));
  }

  #cell(key: string): DerivedCell {
    const cell = this.#cells.get(key) ?? new DerivedCell();
    this.#cells.delete(key);
    this.#cells.set(key, cell);
    if (this.#cells.size > this.maxKeys) this.#forgetOne();
    return cell;
  }

  #forgetOne(): void {
    for (const [key, cell] of this.#cells) {
      if (cell.isChanging) continue;
      this.#cells.delete(key);
      return;
    }
  }
}
