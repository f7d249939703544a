import { canonicalTag } from '../contracts/canonical-key.js';
import { toMilliseconds } from '../contracts/duration.js';
import type { Duration } from '../contracts/duration.js';
import { nothingStale } from '../contracts/load-context.js';
import type { HeldValue } from '../tiers/held-value.js';
import { assertTag } from './region-functions.js';
import type { Keep, Running, Said } from './requests.js';

/** One run of a loader, as the loader sees it: takes down what it says of its result. */
export class RunningLoad implements Running {
  #controller: AbortController | undefined;
  #ttlMs: number | undefined;
  #skipped = false;
  #tags: readonly string[] = [];

  constructor(
    private readonly replaced: HeldValue | undefined,
    readonly declare: (tags: readonly string[]) => Promise<void>,
    readonly abortable = true,
  ) {}

  // fields that are bound, because loaders like to take them out of the object
  readonly ttl = (duration: Duration): void => {
    this.#ttlMs = toMilliseconds(duration, 'the ttl of a load');
  };

  readonly tags = (...tags: readonly string[]): void => {
    this.#tags = [...this.#tags, ...tags.map((tag) => canonicalTag(assertTag(tag, 'a load')))];
  };

  readonly skip = (): void => {
    this.#skipped = true;
  };

  readonly notModified = (): unknown => {
    if (this.replaced === undefined) throw nothingStale();
    return this.replaced.give();
  };

  get stale(): unknown {
    return this.replaced?.give();
  }

  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  abort(reason: unknown): void {
    this.#aborter.abort(reason);
  }

  /** Made when first asked for: most loaders never look at it. */
  get #aborter(): AbortController {
    return (this.#controller ??= new AbortController());
  }

  /** Whether and how long to keep the result, with what the loader said of it. */
  amend(keep: Keep): Keep {
    if (keep.kind === 'leave') return keep;
    const ttlMs = this.#ttlMs ?? keep.ttlMs;
    if (this.#skipped || ttlMs <= 0) return { kind: 'leave', why: 'declined' };
    if (this.#tags.length === 0) return { ...keep, ttlMs };
    return { ...keep, ttlMs, tags: [...new Set([...(keep.tags ?? []), ...this.#tags])] };
  }

  adopt({ ttlMs, skipped, tags }: Said): void {
    this.#ttlMs ??= ttlMs;
    this.#skipped ||= skipped;
    this.#tags = [...this.#tags, ...tags];
  }

  get said(): Said {
    return { ttlMs: this.#ttlMs, skipped: this.#skipped, tags: this.#tags };
  }
}
