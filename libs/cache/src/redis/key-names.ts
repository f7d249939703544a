import type { Message } from './messages.js';
import { encodeMessage } from './messages.js';

/** How keys are named: the prefix all share, the version of this release, and other versions whose entries an evict also deletes. */
export interface Naming {
  readonly prefix: string;
  /** `undefined`: keys carry no version. */
  readonly version: string | undefined;
  readonly alsoEvict: readonly string[];
}

/** What is said about names that are no longer what they were. */
export type News = Exclude<Message['kind'], 'beat'>;

/** What the keys of write-behind are called: stream, marks, info, owner, dead letters of a log; partitions and workers of a region. */
export const LOG_KINDS = ['ls', 'lm', 'li', 'lo', 'ld', 'lp', 'lw'] as const;

/** What a script is given so that it tells everybody: its last keys, and its first two arguments. */
export interface Announcement {
  readonly keys: readonly string[];
  readonly args: readonly [channel: string, message: string];
}

/**
 * The names of everything Nuthatch keeps on a server.
 * The canonical key stands in braces, so that all companions of a key share its Cluster slot. Only entries and leases
 * carry the version: writers, tags and the epoch must hold for two releases that run side by side.
 */
export class KeyNames {
  readonly prefix: string;
  readonly epoch: string;
  readonly tagClock: string;
  readonly channel: string;
  readonly #value: string;
  readonly #lease: string;
  readonly #writers: string;
  readonly #tag: string;
  readonly #derived: readonly string[];
  readonly #others: readonly { value: string; lease: string }[];

  constructor(naming: Naming) {
    const { prefix, version } = naming;
    const space = (v: string | undefined) => (v === undefined ? prefix : `${prefix}:${v}`);
    this.prefix = prefix;
    this.epoch = `${prefix}:e:0`;
    this.tagClock = `${prefix}:tc`;
    this.channel = `${prefix}:ch`;
    this.#value = `${space(version)}:v:{`;
    this.#lease = `${space(version)}:l:{`;
    this.#writers = `${prefix}:w:{`;
    this.#tag = `${prefix}:t:{`;
    this.#derived = ['d', 'dw', 'dl'].map((kind) => `${prefix}:${kind}:{`);
    this.#others = naming.alsoEvict.map((other) => ({
      value: `${space(other)}:v:{`,
      lease: `${space(other)}:l:{`,
    }));
  }

  value(key: string): string {
    return `${this.#value}${key}}`;
  }

  lease(key: string): string {
    return `${this.#lease}${key}}`;
  }

  writers(key: string): string {
    return `${this.#writers}${key}}`;
  }

  tag(tag: string): string {
    return `${this.#tag}${tag}}`;
  }

  /** The keys of the scripts that write: writers, own tag, then a pair of entry and lease per version, ours first. */
  writeKeys(key: string): string[] {
    const keys = [this.writers(key), this.tag(key), this.value(key), this.lease(key)];
    for (const other of this.#others) keys.push(`${other.value}${key}}`, `${other.lease}${key}}`);
    return keys;
  }

  /** The keys of counters or a ranking: itself, who changes the database, who counts. They carry no version. */
  derivedKeys(key: string): string[] {
    return this.#derived.map((name) => `${name}${key}}`);
  }

  /** The keys of a log of writes: stream, marks, info, owner, dead letters. They carry no version. */
  logKeys(log: string): string[] {
    return LOG_KINDS.slice(0, 5).map((kind) => `${this.prefix}:${kind}:{${log}}`);
  }

  /** The keys of all logs of a region: into how many it is divided, and who empties them. */
  regionLogKeys(region: string): [partitions: string, workers: string] {
    return [`${this.prefix}:lp:{${region}}`, `${this.prefix}:lw:{${region}}`];
  }

  /**
   * Tags that share a clock, and may stand in one script. `undefined` is the group of tags without a clock, each of which
   * stands alone.
   */
  groupOf(_tag: string): number | undefined {
    return 0;
  }

  /** All groups of tags that have a clock. */
  get groups(): readonly number[] {
    return [0];
  }

  /** Any name of a group of tags: it leads to the server of all of them. */
  memberOf(_group: number): string {
    return '#';
  }

  /** The clock of a group of tags. */
  clockOf(_group: number): string {
    return this.tagClock;
  }

  /** Whether a script that stores an entry can see the nonces of its tags. */
  get tagsLieBesideEntries(): boolean {
    return true;
  }

  /** How everybody is told about names that one script changes. */
  announcement(kind: News, names: readonly string[]): Announcement {
    return { keys: [], args: [this.channel, encodeMessage({ kind, names })] };
  }
}

/** Whether a tag is a key, that of the entry it stands for: tags of users begin with `#`, those of regions with `@`. */
export function isKey(tag: string): boolean {
  return !tag.startsWith('#') && !tag.startsWith('@');
}
