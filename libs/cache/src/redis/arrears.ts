import type { Clock, Timer } from '../contracts/clock.js';
import type { Resume } from '../contracts/store.js';

/** A server that refused an invalidation would do so again if it was asked at once. */
const AGAIN_MS = 200;

/** What arrears work with. */
export interface ArrearsParts {
  readonly clock: Clock;
  /** Makes up for what slots may lack. */
  readonly resume: Resume;
  readonly slotOf: (name: string) => number;
  /** Not everything is known that these slots lack: what is stored in them must not be read again. */
  readonly renew: (slots: ReadonlySet<number>) => void;
}

/**
 * Slots whose server may lack an invalidation of this process although it was connected all the time: an invalidation that
 * was sent to the owner before, and never answered, or that no server of a moving slot would take. Nothing is read from
 * them until it was made up for, as for a server that comes back.
 */
export class Arrears {
  /** The slots, and how often each was reported: one that is reported again while it is made up for stays. */
  readonly #slots = new Map<number, number>();
  #working = false;
  #closed = false;
  #timer: Timer | undefined;

  constructor(private readonly parts: ArrearsParts) {}

  get isEmpty(): boolean {
    return this.#slots.size === 0;
  }

  has(slot: number): boolean {
    return this.#slots.has(slot);
  }

  /** Slots have another server, which may lack what the one before never answered. */
  gained(slots: readonly number[]): void {
    for (const slot of slots) this.#report(slot);
    if (slots.length > 0) void this.#work();
  }

  /** An invalidation found no server; who asked for it will have it noted when he hears of that. */
  failed(slot: number): void {
    this.#report(slot);
    if (!this.#working) this.#later();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #report(slot: number): void {
    this.#slots.set(slot, (this.#slots.get(slot) ?? 0) + 1);
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    this.#timer?.cancel();
    const some = new Map(this.#slots);
    try {
      const owns = (name: string) => some.has(this.parts.slotOf(name));
      if ((await this.parts.resume({ promoted: false, owns })) === 'renew')
        this.parts.renew(new Set(some.keys()));
      for (const [slot, reports] of some) if (this.#slots.get(slot) === reports) this.#slots.delete(slot);
    } catch {
      // they stay, and are tried again
    }
    this.#working = false;
    if (this.#slots.size > 0) this.#later();
  }

  #later(): void {
    if (this.#closed) return;
    this.#timer?.cancel();
    this.#timer = this.parts.clock.after(AGAIN_MS, () => void this.#work());
  }
}
