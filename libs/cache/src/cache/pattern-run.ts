import type { ArgumentsPattern } from '../contracts/key-pattern.js';
import { meansKey } from '../contracts/key-pattern.js';
import { readKey } from '../contracts/key-reader.js';
import { CacheError, isCacheError } from '../contracts/errors.js';
import type { Reporter } from '../contracts/events.js';
import type { Companion, CompanionKind, Maintenance } from '../contracts/maintenance.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import { worst } from '../contracts/outcome.js';
import type { RegionRuntime } from './requests.js';

/** Keys that are evicted at once: few enough that requests do not have to wait behind them. */
const EVICTED_AT_ONCE = 100;

const ALL: ReadonlySet<CompanionKind> = new Set<CompanionKind>(['value', 'lease', 'writers', 'nonce']);
const VALUES: ReadonlySet<CompanionKind> = new Set<CompanionKind>(['value']);

/** What a run works with. */
export interface PatternRunParts {
  readonly region: RegionRuntime;
  readonly args: ArgumentsPattern;
  readonly maintenance: Maintenance | undefined;
  readonly reporter: Reporter;
  evict(keys: readonly string[]): Promise<InvalidationOutcome>;
  isCancelled(): boolean;
  /** Something was looked at. */
  moved(scanned: number, evicted: number): void;
}

/** Keys of one region that a pattern means, evicted wherever they are met. */
export class PatternRun {
  readonly #outcomes = new Set<InvalidationOutcome>();
  /** What was evicted once in this run is as fresh as an evict makes it: what is there again was loaded since. */
  readonly #done = new Set<string>();

  constructor(private readonly parts: PatternRunParts) {}

  get outcome(): InvalidationOutcome {
    return worst([...this.#outcomes]);
  }

  /** What this process remembers, by the names of its entries and of their tags. */
  async inMemory(names: Iterable<string>): Promise<void> {
    const own = [...names].filter((name) => name.startsWith(`${this.parts.region.name}:`));
    await this.#meet(own);
  }

  /**
   * What the servers have. One look does not do: it may miss both the lease of a load that ends meanwhile and the value that
   * it leaves. A second look at the values finds what was left by all those that ended before it, and those that end later
   * were there during the whole of the first. The same holds for writers. Where keys move between servers a third look makes
   * up for any one of the three in which something moved out of sight.
   */
  async inStore(): Promise<void> {
    const { maintenance, region } = this.parts;
    if (maintenance === undefined) return;
    const looks = maintenance.keysMove ? [ALL, ALL, VALUES] : [ALL, VALUES];
    try {
      for (const kinds of looks) await maintenance.look(region.name, (found) => this.#visit(found, kinds));
      // others may remember what the servers no longer have
      if (!this.parts.isCancelled()) await maintenance.doubt(region.tag);
    } catch (error) {
      if (!isCacheError(error) || error.code === 'PATTERN_REFUSED') throw error;
      this.#outcomes.add('failed');
      this.parts.reporter.once(
        `pattern:${region.name}:${error.message}`,
        `invalidatePattern could not look through the region '${region.name}': ${error.message}; what it did not come to may answer until it expires`,
      );
    }
  }

  async #visit(found: readonly Companion[], kinds: ReadonlySet<CompanionKind>): Promise<boolean> {
    await this.#meet(found.filter(({ kind }) => kinds.has(kind)).map(({ key }) => key));
    return !this.parts.isCancelled();
  }

  async #meet(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const meant = [...new Set(keys)].filter((key) => !this.#done.has(key) && this.#means(key));
    if (meant.length === 0) this.parts.moved(keys.length, 0);
    for (let from = 0; from < meant.length && !this.parts.isCancelled(); from += EVICTED_AT_ONCE) {
      const some = meant.slice(from, from + EVICTED_AT_ONCE);
      this.#outcomes.add(await this.parts.evict(some));
      for (const key of some) this.#done.add(key);
      this.parts.moved(from === 0 ? keys.length : 0, some.length);
    }
  }

  /** @throws CacheError `PATTERN_REFUSED` where nobody can tell. */
  #means(key: string): boolean {
    const read = readKey(key);
    if (read?.region !== this.parts.region.name) return false;
    const means = meansKey(this.parts.args, read);
    if (means !== 'hashed') return means;
    throw new CacheError(
      'PATTERN_REFUSED',
      `the region '${read.region}' has keys that are too long to be kept as text, so that nobody can tell their arguments; invalidate the whole region, or its tags`,
    );
  }
}
