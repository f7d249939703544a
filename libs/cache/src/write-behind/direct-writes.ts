import type { BehindContext, BehindHandler, BehindWrite } from '../contracts/behind-handler.js';
import { CacheError } from '../contracts/errors.js';
import { judge } from './failures.js';

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
  readonly #waiting = new Map<number, Waiting[]>();

  constructor(private readonly handler: () => BehindHandler | undefined) {}

  /** Resolves when the database has the write, or a newer one of its key. Rejects with what the handler throws. */
  write(key: string, partition: number, write: BehindWrite): Promise<void> {
    return new Promise((resolve, reject) => {
      const one = { key, partition, write, resolve, reject };
      const others = this.#waiting.get(partition);
      if (others !== undefined) return void others.push(one);
      this.#waiting.set(partition, [one]);
      void this.#work(partition);
    });
  }

  /** One batch of a log after the other, as always. */
  async #work(partition: number): Promise<void> {
    for (let next = this.#next(partition); next.length > 0; next = this.#next(partition))
      await this.#together(next);
    this.#waiting.delete(partition);
  }

  #next(partition: number): readonly Waiting[] {
    return this.#waiting.get(partition)?.splice(0, this.handler()?.terms.batch ?? 1) ?? [];
  }

  async #together(all: readonly Waiting[]): Promise<void> {
    const last = this.handler()?.terms.coalesce === true ? newestOfEachKey(all) : all;
    const failure = await this.#hand(last);
    if (failure === undefined) return all.forEach((one) => one.resolve());
    // where the database is away it is so for all; else each is to have its own answer, the superseded ones, too
    if (all.length === 1 || judge(failure.error, this.handler()?.terms.permanent) === 'transient')
      return all.forEach((one) => one.reject(failure.error));
    for (const one of all) {
      const own = await this.#hand([one]);
      if (own === undefined) one.resolve();
      else one.reject(own.error);
    }
  }

  async #hand(writes: readonly Waiting[]): Promise<{ error: unknown } | undefined> {
    const handler = this.handler();
    if (handler === undefined)
      return { error: new CacheError('WRITE_BEHIND_UNAVAILABLE', 'there is no handler in this process') };
    const { signal } = new AbortController();
    const context: BehindContext = {
      region: handler.region.name,
      partition: writes[0]?.partition ?? 0,
      fence: 0,
      attempt: 1,
      through: true,
      signal,
    };
    try {
      await handler.write(
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
