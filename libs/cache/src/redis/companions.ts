import type { Companion, CompanionKind } from '../contracts/maintenance.js';
import type { Naming } from './key-names.js';

const OWN_KINDS: Readonly<Record<string, CompanionKind>> = {
  v: 'value',
  l: 'lease',
  w: 'writers',
  t: 'nonce',
};

/** The name of something that Nuthatch keeps, taken apart: `prefix:version:letter:{text}rest`. */
export interface NamedPart {
  /** `undefined`: its name carries none. */
  readonly version: string | undefined;
  /** One or two letters: what it is, as in key-names.ts and cluster-names.ts. */
  readonly letter: string;
  /** What stands in the braces. */
  readonly text: string;
  /** What follows them. */
  readonly rest: string;
}

const SHAPE = /^(?:([\w.-]+):)?([a-z]{1,2}):\{([^{}]+)\}(.*)$/s;

/** Takes the name of a key of the server apart; `undefined` for what has no braces, or another prefix. */
export function partsOf(name: string, prefix: string): NamedPart | undefined {
  if (!name.startsWith(`${prefix}:`)) return undefined;
  const [, version, letter = '', text = '', rest = ''] = SHAPE.exec(name.slice(prefix.length + 1)) ?? [];
  return letter === '' ? undefined : { version, letter, text, rest };
}

/** Recognises what an evict of a key removes or changes, by the name under which the server has it. */
export class Companions {
  readonly #versions: ReadonlySet<string | undefined>;

  constructor(private readonly naming: Naming) {
    this.#versions = new Set([naming.version, ...naming.alsoEvict]);
  }

  /** What SCAN is asked for, so that not all names are sent; prefixes and regions hold no signs of a pattern. */
  patternOf(region: string): string {
    return `${this.naming.prefix}:*{${region}:*`;
  }

  of(name: string): Companion | undefined {
    const parts = partsOf(name, this.naming.prefix);
    const kind = OWN_KINDS[parts?.letter ?? ''];
    if (parts === undefined || kind === undefined || parts.rest !== '') return undefined;
    const isVersioned = kind === 'value' || kind === 'lease';
    const isOurs = isVersioned ? this.#versions.has(parts.version) : parts.version === undefined;
    return isOurs ? { kind, key: parts.text } : undefined;
  }
}
