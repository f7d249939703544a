import { setImmediate } from 'node:timers/promises';
import type { Clock, Timer } from '../contracts/clock.js';

interface Alarm {
  at: number;
  readonly action: () => void;
  /** Milliseconds between two runs; `undefined`: it runs once. */
  readonly every: number | undefined;
}

/**
 * A clock that a test moves by hand, so that nothing has to wait for time to pass and no test depends on how long
 * something took. Timers run in the order in which they are due, and never by themselves.
 *
 * @example
 * ```ts
 * const clock = new FakeClock();
 * clock.after(100, ring);
 * await clock.advance(99);  // silence
 * await clock.advance(1);   // ring
 * ```
 */
export class FakeClock implements Clock {
  readonly #wallOffset: number;
  readonly #alarms = new Set<Alarm>();
  #now = 0;

  /** @param wall - what the calendar shows at the start, in milliseconds since 1970 */
  constructor(wall = Date.UTC(2026, 0, 1)) {
    this.#wallOffset = wall;
  }

  /** How many timers are set: 0 when everything that was started has been stopped. */
  get timers(): number {
    return this.#alarms.size;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#now + this.#wallOffset;
  }

  after(ms: number, action: () => void): Timer {
    return this.#set({ at: this.#now + ms, action, every: undefined });
  }

  every(ms: number, action: () => void): Timer {
    return this.#set({ at: this.#now + ms, action, every: Math.max(ms, 1) });
  }

  /** Lets `ms` milliseconds pass; after each timer, promises settle before time goes on. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await setImmediate();
    for (let due = this.#due(until); due !== undefined; due = this.#due(until)) {
      this.#now = Math.max(this.#now, due.at);
      this.#run(due);
      await setImmediate();
    }
    this.#now = until;
  }

  /** Time passes but no timer runs, as in a process that was stopped; the next `advance` runs what is overdue. */
  jump(ms: number): void {
    this.#now += ms;
  }

  #set(alarm: Alarm): Timer {
    this.#alarms.add(alarm);
    return { cancel: () => this.#alarms.delete(alarm) };
  }

  #due(until: number): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.#alarms) {
      if (alarm.at <= until && (first === undefined || alarm.at < first.at)) first = alarm;
    }
    return first;
  }

  #run(alarm: Alarm): void {
    if (alarm.every === undefined) this.#alarms.delete(alarm);
    else alarm.at = this.#now + alarm.every;
    alarm.action();
  }
}
