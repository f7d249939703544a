import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Changer, DerivedPlace, DerivedStore, Numbers } from '../../contracts/derived-store.js';

/** Longer than any test, in milliseconds. */
export const LONG = 60_000;

/** A store for the contract. */
export interface DerivedStoreSubject {
  readonly store: DerivedStore;
  /** Lets time go by; without it the contract waits. */
  readonly advance?: (ms: number) => void | Promise<void>;
}

let count = 0;

/** One store under test, with places and changers that no other promise uses. */
export class DerivedBench {
  readonly store: DerivedStore;

  constructor(readonly subject: DerivedStoreSubject) {
    this.store = subject.store;
  }

  place(kind: DerivedPlace['kind'] = 'counters', more: Partial<DerivedPlace> = {}): DerivedPlace {
    return { key: `flock:n${++count}`, kind, ttlMs: LONG, maxMembers: 100, meaning: '', ...more };
  }

  token(): string {
    return randomBytes(16).toString('latin1');
  }

  recount(place: DerivedPlace, patienceMs = 0, token = this.token()) {
    return this.store.recount(place, { token, ms: LONG, patienceMs, maxWriteMs: LONG, overtakenMs: LONG });
  }

  /** The right to count. */
  async granted(place: DerivedPlace, patienceMs = 0) {
    const token = this.token();
    const reply = await this.recount(place, patienceMs, token);
    if (reply.kind !== 'granted') return assert.fail(`the right is not granted, but ${reply.kind}`);
    return { token, epoch: reply.epoch };
  }

  async filled(numbers: Record<string, number>, kind?: DerivedPlace['kind'], more?: Partial<DerivedPlace>) {
    const place = this.place(kind, more);
    const right = await this.granted(place);
    assert.equal(await this.store.fill(place, right, new Map(Object.entries(numbers))), true);
    return place;
  }

  async begun(place: DerivedPlace, subject = `subject ${++count}`, maxWriteMs = LONG): Promise<Changer> {
    const changer = { token: this.token(), subject };
    assert.equal(
      await this.store.begin(place, changer, { maxWriteMs, waits: false, overtakenMs: LONG }),
      true,
    );
    return changer;
  }

  commit(place: DerivedPlace, changer: Changer, deltas: Record<string, number> | null) {
    return this.store.commit(place, changer, deltas && new Map(Object.entries(deltas)));
  }

  async assertKept(place: DerivedPlace, numbers: Record<string, number>): Promise<void> {
    assert.deepEqual(asObject(await this.store.read(place)), numbers);
  }

  async assertGone(place: DerivedPlace): Promise<void> {
    assert.equal(await this.store.read(place), undefined);
  }

  async pass(ms: number): Promise<void> {
    await (this.subject.advance ?? pause)(ms);
  }
}

function asObject(numbers: Numbers | undefined) {
  return numbers && Object.fromEntries(numbers);
}
