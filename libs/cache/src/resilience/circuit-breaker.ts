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
  | { readonly kind: 'open'; readonly sentAt: number };

const CLOSED: State = { kind: 'closed' };

/**
 * The circuit breaker of one server: while it is open, calls do without the server at once instead of waiting for it.
 * Whatever is sent all the same, such as beats and evicts, is a probe, and any success closes it; a call is let through as
 * one only when nothing else was sent for a second.
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

  /** Whether a call may be sent now. Only a question: who asks and then sends nothing has used up no probe. */
  allows(): boolean {
    const state = this.#state;
    return state.kind !== 'open' || this.clock.now() - state.sentAt >= PROBE_EVERY_MS;
  }

  /** Something is being sent. */
  sent(): void {
    if (this.#state.kind === 'open') this.#state = { kind: 'open', sentAt: this.clock.now() };
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
    this.#state = { kind: 'open', sentAt: now };
    this.onChange('open');
  }
}
