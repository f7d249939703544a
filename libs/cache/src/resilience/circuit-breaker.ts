import type { Clock } from '../contracts/clock.js';

const FAILURES_TO_OPEN = 5;
const SILENCE_TO_OPEN_MS = 400;
const PROBE_EVERY_MS = 1_000;

/** Whether failures add up to an outage: enough of them, over a time in which nothing succeeded. A slow server that still answers is none. */
export function isOutage(failures: number, failingForMs: number): boolean {
  return failures >= FAILURES_TO_OPEN && failingForMs >= SILENCE_TO_OPEN_MS;
}

type State =
  | { readonly kind: 'closed' }
  | { readonly kind: 'failing'; readonly since: number; readonly failures: number }
  | { readonly kind: 'open'; readonly lastProbe: number };

const CLOSED: State = { kind: 'closed' };

/**
 * The circuit breaker of one server: while it is open, calls do without the server at once instead of waiting for it.
 * One call a second is let through as a probe; any success closes it.
 */
export class CircuitBreaker {
  #state: State = CLOSED;

  constructor(
    private readonly clock: Clock,
    private readonly onChange: (state: 'open' | 'closed') => void = () => undefined,
  ) {}

  get open(): boolean {
    return this.#state.kind === 'open';
  }

  /** Whether a call may be sent now. A call let through while open is the probe. */
  allows(): boolean {
    if (this.#state.kind !== 'open') return true;
    const now = this.clock.now();
    if (now - this.#state.lastProbe < PROBE_EVERY_MS) return false;
    this.#state = { kind: 'open', lastProbe: now };
    return true;
  }

  succeeded(): void {
    const wasOpen = this.#state.kind === 'open';
    this.#state = CLOSED;
    if (wasOpen) this.onChange('closed');
  }

  failed(): void {
    const now = this.clock.now();
    const state = this.#state;
    if (state.kind === 'open') return;
    const since = state.kind === 'failing' ? state.since : now;
    const failures = state.kind === 'failing' ? state.failures + 1 : 1;
    if (!isOutage(failures, now - since)) {
      this.#state = { kind: 'failing', since, failures };
      return;
    }
    this.#state = { kind: 'open', lastProbe: now };
    this.onChange('open');
  }
}
