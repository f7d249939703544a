/** A timer that can be called off. */
export interface Timer {
  cancel(): void;
}

/** Time as a port: everything that waits or expires asks it, so that tests can move time by hand. */
export interface Clock {
  /** Monotonic milliseconds, with fractions; unrelated to the calendar, never runs backwards. */
  now(): number;
  /** Milliseconds since 1970 by this machine's calendar. */
  wall(): number;
  /** Runs `action` once after `ms`; keeps the process alive until then, for somebody is waiting. */
  after(ms: number, action: () => void): Timer;
  /** Runs `action` every `ms`; does not keep the process alive. */
  every(ms: number, action: () => void): Timer;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return { cancel: () => clearTimeout(timer) };
  },
  every(ms, action) {
    const timer = setInterval(action, ms).unref();
    return { cancel: () => clearInterval(timer) };
  },
};

/** Waits `ms` on a clock. */
export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
