import type {
  Changer,
  DerivedPlace,
  Numbers,
  RecountReply,
  RecountRequest,
} from '../contracts/derived-store.js';
import { addMagnitudes } from './magnitude.js';

/** Who changes the database, and from when until when that counts, in monotonic milliseconds. */
interface Announced {
  readonly subject: string;
  readonly since: number;
  readonly until: number;
}

/** The right to count; `holdsUp`: changes wait for it. */
interface CountRight {
  readonly token: string;
  readonly until: number;
  readonly holdsUp: boolean;
}

/** One counters object or ranking in memory, by the rules of `DerivedStore`. Times are monotonic milliseconds. */
export class DerivedCell {
  #numbers: Map<string, number> | undefined;
  #endsAt = 0;
  readonly #changers = new Map<string, Announced>();
  #right: CountRight | undefined;

  get isChanging(): boolean {
    return this.#changers.size > 0;
  }

  read({ kind }: DerivedPlace, limit: number): Numbers | undefined {
    if (this.#numbers === undefined) return undefined;
    return new Map(kind === 'ranking' && limit > 0 ? highest(this.#numbers, limit) : this.#numbers);
  }

  recount({ token, ms, patienceMs }: RecountRequest, now: number, epoch: string): RecountReply {
    if (this.#numbers !== undefined) return { kind: 'there' };
    const right = this.#right;
    if (right !== undefined && right.token !== token) return { kind: 'held', remainingMs: right.until - now };
    const holdsUp = patienceMs > 0;
    if (!this.isChanging) {
      this.#right = { token, until: now + ms, holdsUp };
      return { kind: 'granted', epoch };
    }
    const oldest = Math.min(...[...this.#changers.values()].map(({ since }) => since));
    const reserved = holdsUp && now - oldest <= patienceMs;
    this.#right = reserved ? { token, until: now + patienceMs, holdsUp } : undefined;
    return { kind: 'changing', reserved };
  }

  fill({ kind, ttlMs, maxMembers }: DerivedPlace, token: string, numbers: Numbers, now: number): boolean {
    if (this.#right?.token !== token) return false;
    this.#right = undefined;
    if (this.isChanging) return false;
    this.#numbers = new Map(kind === 'ranking' ? highest(numbers, maxMembers) : numbers);
    this.#endsAt = now + ttlMs;
    return true;
  }

  release(token: string): void {
    if (this.#right?.token === token) this.#right = undefined;
  }

  begin(
    { token, subject }: Changer,
    now: number,
    { maxWriteMs, waits }: { maxWriteMs: number; waits: boolean },
  ) {
    if (waits && this.#right?.holdsUp === true) return false;
    this.#right = undefined;
    if ([...this.#changers.values()].some((other) => other.subject === subject)) this.#numbers = undefined;
    this.#changers.set(token, { subject, since: now, until: now + maxWriteMs });
    return true;
  }

  commit(place: DerivedPlace, { token }: Changer, deltas: Numbers | null, now: number): boolean {
    const mine = this.#changers.delete(token);
    this.settle(now);
    if (!mine || deltas === null) {
      this.drop();
      return false;
    }
    if (this.#numbers === undefined) return false;
    const add = place.kind === 'counters' ? addCounts : addScores;
    if (!add(this.#numbers, deltas, place.maxMembers)) this.#numbers = undefined;
    this.#endsAt = now + place.ttlMs;
    return this.#numbers !== undefined;
  }

  drop(): void {
    this.#numbers = undefined;
    this.#right = undefined;
  }

  /** Ends what has lived its time. Who is gone without a word has changed the database or not. */
  settle(now: number): void {
    if (this.#endsAt <= now) this.#numbers = undefined;
    if (this.#right !== undefined && this.#right.until <= now) this.#right = undefined;
    for (const [token, { until }] of this.#changers) {
      if (until > now) continue;
      this.#changers.delete(token);
      this.drop();
    }
  }
}

/** Of equal ones the later name first, as Redis has it. */
function highest(numbers: Numbers, limit: number): [string, number][] {
  return [...numbers].sort(([m, a], [n, b]) => b - a || (m < n ? 1 : -1)).slice(0, limit);
}

/** `false` when the sum cannot be right, or is more than is kept. */
function addCounts(numbers: Map<string, number>, deltas: Numbers, max: number): boolean {
  for (const [name, delta] of deltas) {
    const sum = (numbers.get(name) ?? 0) + delta;
    if (sum < 0 || !Number.isSafeInteger(sum)) return false;
    if (sum === 0) numbers.delete(name);
    else numbers.set(name, sum);
  }
  return numbers.size <= max;
}

function addScores(numbers: Map<string, number>, deltas: Numbers, max: number): boolean {
  for (const [name, delta] of deltas) numbers.set(name, addMagnitudes(numbers.get(name), delta));
  if (numbers.size > max)
    for (const [name] of highest(numbers, numbers.size).slice(max)) numbers.delete(name);
  return true;
}
