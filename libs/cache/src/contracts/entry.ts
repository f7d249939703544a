/** One tag of an entry with the nonce it had before the value was loaded. */
export interface TagNonce {
  readonly tag: string;
  readonly nonce: string;
}

/** What an entry's header says about its value. Times are milliseconds of the server's clock since 1970. */
export interface EntryHeader {
  /** 16 random bytes as latin1 text: the token of the lease or write that stored it. */
  readonly id: string;
  /** The server's epoch when the entry was written, 16 hexadecimal digits. */
  readonly epoch: string;
  readonly createdAt: number;
  /** Until here the entry is fresh. */
  readonly softExpiry: number;
  /** Until here it may be served stale; afterwards it is gone. */
  readonly hardExpiry: number;
  /** How long the loader took, in milliseconds. */
  readonly loadMs: number;
  readonly tags: readonly TagNonce[];
}
