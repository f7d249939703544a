import type { Random } from '../consistency/random.js';
import { KEYS, valueOf } from './cells.js';

/** How a writer writes. */
export interface Writing {
  readonly name: string;
  /** From 1, another one for every process that ever wrote. */
  readonly number: number;
  readonly file: string;
  readonly perSecond: number;
  readonly seed: number;
  readonly registerUrl: string;
  /** Every how manieth write is one that the database refuses. */
  readonly poisonEvery: number;
}

/** What a writer did. */
export interface Written {
  readonly offered: number;
  /** By the code of the error. */
  readonly refused: Readonly<Record<string, number>>;
}

/** A write before it is made. */
export interface Intention {
  readonly key: number;
  readonly value: string;
  readonly isPoison: boolean;
  /** What is written to the key when this is acknowledged, and is the last that is. */
  readonly then?: Intention;
}

/** Every how manieth write goes to a key of its own. */
const ONCE_EVERY = 8;
const KEYS_OF_A_WRITER = 1_000_000;

/** What one writer writes, one after the other. */
export class Intentions {
  count = 0;

  constructor(
    private readonly writing: Pick<Writing, 'name' | 'number' | 'poisonEvery'>,
    private readonly random: Random,
  ) {}

  next(): Intention {
    const { poisonEvery } = this.writing;
    const count = ++this.count;
    if (count % poisonEvery === 1) return this.#spoilt();
    const isPoison = count % poisonEvery === 0;
    const key = isPoison || count % ONCE_EVERY > 0 ? this.random.below(KEYS) : this.#keyOfItsOwn();
    return this.#of({ key, isPoison });
  }

  /** Something good that the database takes, and then at once something that it does not: the good one is to stay. */
  #spoilt(): Intention {
    const key = this.#keyOfItsOwn();
    return { ...this.#of({ key, isPoison: false }), then: this.#of({ key, isPoison: true }) };
  }

  #keyOfItsOwn(): number {
    return KEYS + this.writing.number * KEYS_OF_A_WRITER + this.count;
  }

  #of(what: Pick<Intention, 'key' | 'isPoison'>): Intention {
    return { ...what, value: valueOf({ ...what, writer: this.writing.name, count: this.count }) };
  }
}
