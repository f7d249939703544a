import type {
  BeginOptions,
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
  until: number;
  readonly holdsUp: boolean;
}

/** One counters object or ranking in memory, by the rules of `DerivedStore`. Times are monotonic milliseconds. */
export class DerivedCell {
  #numbers: Map<string, number> | undefined;
  #meaning = '';
  #endsAt = 0;
  readonly #changers = new Map<string, Announced>();
  #right: CountRight | undefined;
  /** Until then no count may hold up changes: they have overtaken one. */
  #overtakenUntil = 0;

  get isChanging(): boolean {
    return this.#changers.size > 0;
  }

  read(place: DerivedPlace, limit: number): Numbers | undefined {
    const numbers = this.#kept(place);
    if (numbers === undefined) return undefined;
    return new Map(place.kind === 'ranking' && limit > 0 ? highest(numbers, limit) : numbers);
  }

  recount(place: DerivedPlace, request: RecountRequest, now: number, epoch: string): RecountReply {
    const { token, patienceMs } = request;
    if (this.#kept(place) !== undefined) return { kind: 'there' };
    const right = this.#right;
    if (right !== undefined && right.token !== token) return { kind: 'held', remainingMs: right.until - now };
    const isOvertaken = this.#overtakenUntil > now;
    const holdsUp = patienceMs > 0 && !isOvertaken;
    if (this.isChanging) return this.#reserve(holdsUp, request, now);
    const until = isOvertaken ? this.#overtakenUntil : now + request.ms;
    this.#right = { token, until, holdsUp };
    return { kind: 'granted', epoch };
  }

  /** While all changes have only just begun, new ones wait, so that there will be a moment without any. */
  #reserve(holdsUp: boolean, { token, patienceMs, overtakenMs }: RecountRequest, now: number): RecountReply {
    const oldest = Math.min(...[...this.#changers.values()].map(({ since }) => since));
    const reserved = holdsUp && now - oldest <= patienceMs;
    if (holdsUp && !reserved && this.#right !== undefined) this.#overtakenUntil = now + overtakenMs;
    this.#right = reserved ? { token, until: now + patienceMs, holdsUp } : undefined;
    return { kind: 'changing', reserved };
  }

  fill(place: DerivedPlace, token: string, numbers: Numbers, now: number): boolean {
    const { kind, ttlMs, maxMembers, meaning } = place;
    if (this.#right?.token !== token) return false;
    this.#right = undefined;
    if (this.isChanging) return false;
    this.#numbers = new Map(kind === 'ranking' ? highest(numbers, maxMembers) : numbers);
    this.#meaning = meaning;
    this.#endsAt = now + ttlMs;
    return true;
  }

  renew(token: string, until: number): boolean {
    const right = this.#right;
    if (right?.token !== token || !right.holdsUp) return false;
    right.until = until;
    return true;
  }

  release(token: string, overtakenUntil: number): void {
    if (this.#right?.token !== token) return;
    this.#right = undefined;
    this.#overtakenUntil = Math.max(this.#overtakenUntil, overtakenUntil);
  }

  begin({ token, subject }: Changer, now: number, { maxWriteMs, waits, overtakenMs }: BeginOptions): boolean {
    const isHeldUp = this.#right?.holdsUp === true;
    if (isHeldUp && waits) return false;
    if (isHeldUp) this.#overtakenUntil = now + overtakenMs;
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
    const numbers = this.#kept(place);
    if (numbers === undefined) return false;
    const add = place.kind === 'counters' ? addCounts : addScores;
    if (!add(numbers, deltas, place.maxMembers)) this.#numbers = undefined;
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

  /** What is kept, if it means what it should. */
  #kept({ meaning }: DerivedPlace): Map<string, number> | undefined {
    if (this.#meaning !== meaning) this.#numbers = undefined;
    return this.#numbers;
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
