import type { Gate } from './gate.js';

/** Beats without an answer that are remembered; older ones could prove little. */
const MAX_PENDING = 32;

/** The beats that are under way through one server, and the gate they keep open. */
export class Beats {
  readonly #sentAt = new Map<number, number>();
  /** Messages may have been lost: memory must be emptied before the gate opens again. */
  gapped = false;

  constructor(readonly gate: Gate) {}

  sent(beat: number, now: number): void {
    this.#sentAt.set(beat, now);
    if (this.#sentAt.size <= MAX_PENDING) return;
    const [oldest] = this.#sentAt.keys();
    if (oldest !== undefined) this.#sentAt.delete(oldest);
  }

  lost(beat: number): void {
    this.#sentAt.delete(beat);
  }

  returned(beat: number): void {
    const sentAt = this.#sentAt.get(beat);
    if (sentAt === undefined) return;
    for (const older of this.#sentAt.keys()) if (older <= beat) this.#sentAt.delete(older);
    this.gate.beatReturned(sentAt);
  }

  /** What is under way proves nothing any more. */
  forget(): void {
    this.#sentAt.clear();
  }
}
