/** How keys are named: the prefix all share, the version of this release, and other versions whose entries an evict also deletes. */
export interface Naming {
  readonly prefix: string;
  /** `undefined`: keys carry no version. */
  readonly version: string | undefined;
  readonly alsoEvict: readonly string[];
}

/**
 * The names of everything Nuthatch keeps on a server.
 * The canonical key stands in braces, so that all companions of a key share its Cluster slot. Only entries and leases
 * carry the version: writers, tags and the epoch must hold for two releases that run side by side.
 */
export class KeyNames {
  readonly epoch: string;
  readonly tagClock: string;
  readonly channel: string;
  readonly #value: string;
  readonly #lease: string;
  readonly #writers: string;
  readonly #tag: string;
  readonly #others: readonly { value: string; lease: string }[];

  constructor(naming: Naming) {
    const { prefix, version } = naming;
    const space = (v: string | undefined) => (v === undefined ? prefix : `${prefix}:${v}`);
    this.epoch = `${prefix}:e:0`;
    this.tagClock = `${prefix}:tc`;
    this.channel = `${prefix}:ch`;
    this.#value = `${space(version)}:v:{`;
    this.#lease = `${space(version)}:l:{`;
    this.#writers = `${prefix}:w:{`;
    this.#tag = `${prefix}:t:{`;
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
}
