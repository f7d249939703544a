import type { Clock, Timer } from '../contracts/clock.js';
import type { Grip } from '../contracts/write-log.js';

/** When an owner is to end: after the batch that he has in hand, or when the log is empty. */
export type Ending = 'after-batch' | 'when-empty';

/**
 * The right to empty a log as its owner knows it: it holds until its time has run out by the monotonic clock, counted from
 * when it was last asked for, or until somebody says that it is another's. A process that was frozen finds it run out.
 */
export class Grasp {
  readonly #controller = new AbortController();
  readonly #waiting = new Set<() => void>();
  #until: number;
  #timer: Timer | undefined;
  #ending: Ending | undefined;

  constructor(
    readonly grip: Grip,
    private readonly clock: Clock,
    until: number,
  ) {
    this.#until = until;
    this.#watch();
  }

  /** Aborted when the right is lost. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get holds(): boolean {
    return !this.signal.aborted && this.clock.now() < this.#until;
  }

  /** When its owner should end of his own accord; `undefined`: not yet. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  prolong(until: number): void {
    this.#until = until;
  }

  end(ending: Ending): void {
    this.#ending = ending;
    this.#wake();
  }

  lose(): void {
    this.#timer?.cancel();
    this.#controller.abort();
    this.#wake();
  }

  /** Waits, less when the right is lost or its owner is to end. */
  pause(ms: number): Promise<void> {
    if (this.#ending !== undefined || this.signal.aborted) return Promise.resolve();
    return this.sleep(ms);
  }

  /** Waits, less only when the right is lost. */
  sleep(ms: number): Promise<void> {
    if (this.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const over = () => {
        timer.cancel();
        this.#waiting.delete(over);
        resolve();
      };
      const timer = this.clock.after(ms, over);
      this.#waiting.add(over);
    });
  }

  #wake(): void {
    for (const over of [...this.#waiting]) over();
  }

  /** Whoever hangs in a handler learns by its signal that it is not his any more. */
  #watch(): void {
    const left = this.#until - this.clock.now();
    if (left <= 0) return this.lose();
    this.#timer = this.clock.after(left, () => this.#watch());
  }
}
