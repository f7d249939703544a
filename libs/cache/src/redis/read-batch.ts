import type { ReadReply } from '../contracts/store.js';

const MAX_KEYS = 128;
const NO_NONCES: readonly (string | null)[] = [];

/** A read that waits for the end of the tick; a class, like all that is made for every read. */
class Waiting {
  constructor(
    readonly names: readonly string[],
    readonly resolve: (reply: ReadReply) => void,
    readonly reject: (error: unknown) => void,
  ) {}
}

class Reply implements ReadReply {
  constructor(
    readonly bytes: Buffer | null,
    readonly nonces: readonly (string | null)[],
  ) {}
}

/**
 * Reads that start in the same tick, sent as one MGET.
 * One command for many keys costs far less than many commands, on both sides; a lone read waits for nothing but the end
 * of the tick. A key of another type reads as absent and is healed by the script that runs after a miss.
 */
export class ReadBatch {
  #waiting: Waiting[] = [];
  #keys = 0;
  readonly #flush = (): void => this.#send();

  /** `refuse` is given what is longer than `maxBytes`, and gives what is left of it. */
  constructor(
    private readonly mget: (names: string[]) => Promise<(Buffer | null)[]>,
    private readonly maxBytes = Infinity,
    private readonly refuse: (name: string, bytes: Buffer) => Buffer = (_, bytes) => bytes,
  ) {}

  /** The first name is the entry's, the others are its tags'. */
  read(names: readonly string[]): Promise<ReadReply> {
    if (this.#keys > 0 && this.#keys + names.length > MAX_KEYS) this.#send();
    return new Promise<ReadReply>((resolve, reject) => {
      if (this.#waiting.length === 0) process.nextTick(this.#flush);
      this.#keys += names.length;
      this.#waiting.push(new Waiting(names, resolve, reject));
    });
  }

  #send(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    this.#keys = 0;
    const names: string[] = [];
    for (const one of waiting) for (const name of one.names) names.push(name);
    this.mget(names).then(
      (values) => this.#deliver(waiting, values),
      (error: unknown) => {
        for (const one of waiting) one.reject(error);
      },
    );
  }

  #deliver(waiting: readonly Waiting[], values: readonly (Buffer | null)[]): void {
    let at = 0;
    for (const { names, resolve } of waiting) {
      let bytes = values[at++] ?? null;
      if (bytes !== null && bytes.length > this.maxBytes) bytes = this.refuse(names[0] ?? '', bytes);
      if (names.length === 1) {
        resolve(new Reply(bytes, NO_NONCES));
        continue;
      }
      const nonces: (string | null)[] = [];
      for (let i = 1; i < names.length; i++) nonces.push(nonceIn(values[at++] ?? null));
      resolve(new Reply(bytes, nonces));
    }
  }
}

/** The longest nonce that an entry can carry. */
const MAX_NONCE_BYTES = 255;

/** A nonce as it was read; what is none counts as absent. */
export function nonceIn(bytes: Buffer | null): string | null {
  if (bytes === null || bytes.length === 0 || bytes.length > MAX_NONCE_BYTES) return null;
  return bytes.toString('latin1');
}
