/** What coherence tells the rest of the process to forget. */
export interface Forgets {
  /** Drops the entry of a key, and the flight that loads it, so that nobody joins it any more. */
  forgetKey(key: string): void;
  /** The entry of a key is no longer fresh; nobody joins the flight that loads it any more. */
  staleKey(key: string): void;
  /** Nobody joins a flight that is in the air any more; entries stay where they are. */
  forgetFlights(): void;
  /** Drops every entry and every flight. */
  forgetAll(): void;
}

/** What is known of a tag in this process; its generation advances with every invalidation of the tag. */
export interface TagCell {
  readonly tag: string;
  readonly generation: number;
}

/** Until when what depends on a server may be trusted, in monotonic milliseconds. */
export interface Trust {
  readonly trustedUntil: number;
}
