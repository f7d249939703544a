import type { BehindContext, BehindHandler, BehindWrite } from '../contracts/behind-handler.js';
import { verdictOn } from './failures.js';

/** A write that somebody waits for. */
interface Waiting {
  readonly key: string;
  readonly partition: number;
  readonly write: BehindWrite;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Writes that go to the database at once, while their writers wait: what comes while one batch is under way goes out together
 * as the next. When no log takes writes they all come here, and one by one they would wait for each other.
 */
export class DirectWrites {
  #waiting: Waiting[] = [];
  #working = false;

  constructor(private readonly handler: () => BehindHandler | undefined) {}

  /** Resolves when the database has the write, or a newer one of its key. Rejects with what the handler throws. */
  write(key: string, partition: number, write: BehindWrite): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, partition, write, resolve, reject });
      if (!this.#working) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#working = true;
    while (this.#waiting.length > 0) await this.#together(this.#next());
    this.#working = false;
  }

  /** Those of one log, as a batch always is, and no more than the handler takes. */
  #next(): readonly Waiting[] {
    const { batch = 1 } = this.handler()?.terms ?? {};
    const partition = this.#waiting[0]?.partition;
    const next: Waiting[] = [];
    const others: Waiting[] = [];
    for (const one of this.#waiting)
      (one.partition === partition && next.length < batch ? next : others).push(one);
    this.#waiting = others;
    return next;
  }

  async #together(all: readonly Waiting[]): Promise<void> {
    const last = this.handler()?.terms.coalesce === true ? newestOfEachKey(all) : all;
    const failure = await this.#hand(last);
    if (failure === undefined) return all.forEach((one) => one.resolve());
    // where the database is away it is so for all; else each is to have its own answer, the superseded ones, too
    if (all.length === 1 || verdictOn(failure.error) === 'transient')
      return all.forEach((one) => one.reject(failure.error));
    for (const one of all) {
      const own = await this.#hand([one]);
      if (own === undefined) one.resolve();
      else one.reject(own.error);
    }
  }

  async #hand(writes: readonly Waiting[]): Promise<{ error: unknown } | undefined> {
    const handler = this.handler();
    const { signal } = new AbortController();
    const context: BehindContext = {
      region: handler?.region.name ?? '',
      partition: writes[0]?.partition ?? 0,
      fence: 0,
      attempt: 1,
      through: true,
      signal,
    };
    try {
      await handler?.write(
        writes.map(({ write }) => write),
        context,
      );
      return undefined;
    } catch (error) {
      return { error };
    }
  }
}

function newestOfEachKey(all: readonly Waiting[]): readonly Waiting[] {
  const newest = new Map<string, Waiting>();
  for (const one of all) {
    const other = newest.get(one.key);
    if (other === undefined || other.write.version < one.write.version) newest.set(one.key, one);
  }
  return [...newest.values()];
}
