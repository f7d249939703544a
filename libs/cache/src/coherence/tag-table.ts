import { LRUCache } from 'lru-cache';

/**
 * What this process knows of one tag. Entries in memory hold these objects themselves, so that a hit compares nonces
 * without a look-up. `nonce` is `undefined` when it must be read from the server first.
 */
export class TagState {
  nonce: string | undefined = undefined;
  /** Advanced by every invalidation; a nonce read before it must not be believed. */
  generation = 0;

  constructor(readonly tag: string) {}

  forget(): void {
    this.generation++;
    this.nonce = undefined;
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

  constructor(maxTags: number) {
    this.#states = new LRUCache<string, TagState>({
      max: maxTags,
      // entries in memory may still hold the object: without a nonce it can never match again
      dispose: (state) => state.forget(),
    });
  }

  state(tag: string): TagState {
    const known = this.#states.get(tag);
    if (known !== undefined) return known;
    const state = new TagState(tag);
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
    this.#states.peek(tag)?.forget();
  }

  forgetAll(): void {
    this.#states.clear();
  }
}
