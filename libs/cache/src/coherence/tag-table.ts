import { LRUCache } from 'lru-cache';
import type { Gate } from './gate.js';
import { CLOSED_GATE } from './gate.js';

/**
 * What this process knows of one tag. Entries in memory hold these objects themselves, so that a hit compares nonces
 * without a look-up. `nonce` is `undefined` when it must be read from the server first.
 */
export class TagState {
  nonce: string | undefined = undefined;
  /** Advanced by every invalidation; a nonce read before it must not be believed. */
  generation = 0;
  /** The moment of the table at which it was last invalidated, or made: before that nothing is known of the tag. */
  knownSince: number;
  #gate = CLOSED_GATE;

  constructor(
    readonly tag: string,
    private readonly gateOf: (tag: string) => Gate,
    moment: number,
  ) {
    this.knownSince = moment;
  }

  /** Of the server that keeps the nonce; looked up again for as long as nobody knows which that is. */
  get gate(): Gate {
    if (this.#gate === CLOSED_GATE) this.#gate = this.gateOf(this.tag);
    return this.#gate;
  }

  forget(moment: number): void {
    this.generation++;
    this.nonce = undefined;
    this.knownSince = moment;
  }
}

/** A tag and the generation it had when its nonce was asked for. */
export interface TagMark {
  readonly state: TagState;
  readonly generation: number;
}

/** The nonces of tags that this process has read, bounded by number; the least recently used are forgotten. */
export class TagTable {
  readonly #states: LRUCache<string, TagState>;
  #moment = 0;

  constructor(
    maxTags: number,
    private readonly gateOf: (tag: string) => Gate,
  ) {
    this.#states = new LRUCache<string, TagState>({
      max: maxTags,
      // entries in memory may still hold the object: without a nonce it can never match again
      dispose: (state) => state.forget(this.#moment),
    });
  }

  /** Advanced by every invalidation that is heard of, of whatever tag. */
  get moment(): number {
    return this.#moment;
  }

  /** Whether a tag was surely not invalidated since a moment: nothing was, or it was known then and has been quiet since. */
  quietSince(moment: number, state: TagState): boolean {
    return this.#moment === moment || state.knownSince <= moment;
  }

  state(tag: string): TagState {
    const known = this.#states.get(tag);
    if (known !== undefined) return known;
    const state = new TagState(tag, this.gateOf, this.#moment);
    this.#states.set(tag, state);
    return state;
  }

  mark(tag: string): TagMark {
    const state = this.state(tag);
    return { state, generation: state.generation };
  }

  /** Takes over a nonce that was read after `mark` was taken, unless the tag was invalidated since. */
  learn(mark: TagMark, nonce: string | null): void {
    if (mark.state.generation === mark.generation) mark.state.nonce = nonce ?? undefined;
  }

  forget(tag: string): void {
    this.#moment++;
    this.#states.peek(tag)?.forget(this.#moment);
  }

  forgetAll(): void {
    this.#moment++;
    this.#states.clear();
  }
}
