import { MAX_KEY_LENGTH } from './canonical-key.js';

/** What a canonical key says of the arguments that made it. */
export type KeyArguments =
  /** The text of each string, number and boolean; `undefined` stands for an argument of another kind. */
  | { readonly kind: 'texts'; readonly texts: readonly (string | undefined)[] }
  /** The key was too long and is a hash: nothing tells its arguments. */
  | { readonly kind: 'hashed' };

/** A canonical key, taken apart. */
export interface ReadKey {
  readonly region: string;
  readonly args: KeyArguments;
}

const HASHED = /^~[\da-f]{64}$/;
const NUMBER = /-?(?:NaN|Infinity|[\d.]+(?:e[+-]?\d+)?)/y;
const CLASS = /[A-Za-z\d]+:/y;
const COUNT = /\d+:/y;
const ESCAPE = /%(?:u([\dA-F]{4})|([\dA-F]{2}))/g;
/** What joins the items of a list, and what stands between the two halves of one in an object or a Map. */
const COMMA = ',';
const EQUALS = '=';

/**
 * Reads a canonical key, or gives `undefined` for what is none. The grammar stands in canonical-argument.ts; this is its
 * other direction, for those who find keys in a store and have to know what they are about.
 */
export function readKey(key: string): ReadKey | undefined {
  const colon = key.indexOf(':');
  if (colon < 1) return undefined;
  const region = key.slice(0, colon);
  const text = key.slice(colon + 1);
  if (HASHED.test(text)) return { region, args: { kind: 'hashed' } };
  // also bounds how deep what somebody else wrote can be nested
  if (key.length > MAX_KEY_LENGTH) return undefined;
  const texts = new KeyText(text).arguments();
  return texts === undefined ? undefined : { region, args: { kind: 'texts', texts } };
}

/** The region of a canonical key, whatever its arguments. */
export function regionOfKey(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf(':')));
}

/** Undoes the escapes of a canonical key. */
export function unescapeText(text: string): string {
  return text.replace(ESCAPE, (_, unit?: string, byte?: string) =>
    String.fromCharCode(parseInt(unit ?? byte ?? '', 16)),
  );
}

/** The arguments in a canonical key, read from the left. Once something is not as the grammar says, everything is worthless. */
class KeyText {
  #at = 0;
  #isSound = true;

  constructor(private readonly text: string) {}

  arguments(): (string | undefined)[] | undefined {
    const texts: (string | undefined)[] = [];
    while (this.#isSound && this.#at < this.text.length) {
      if (texts.length > 0) this.#skip(COMMA);
      texts.push(this.#item());
    }
    return this.#isSound ? texts : undefined;
  }

  /** One item: its text if it is plain. */
  #item(): string | undefined {
    const kind = this.text.charAt(this.#at++);
    switch (kind) {
      case 's':
        return unescapeText(this.#counted());
      case 'n':
        return this.#match(NUMBER);
      case 't':
        return 'true';
      case 'f':
        return 'false';
      default:
        this.#other(kind);
        return undefined;
    }
  }

  #other(kind: string): void {
    switch (kind) {
      case 'z':
      case 'u':
        return;
      case 'i':
      case 'd':
        this.#match(NUMBER);
        return;
      case 'b':
        this.#match(CLASS);
        this.#take(Math.ceil(this.#count() / 3) * 4);
        return;
      default:
        this.#several(kind);
    }
  }

  #several(kind: string): void {
    const isPaired = kind === 'm' || kind === 'o';
    if (!isPaired && kind !== 'a' && kind !== 'e') return this.#fail();
    const count = this.#count();
    for (let index = 0; index < count && this.#isSound; index++) {
      if (index > 0) this.#skip(COMMA);
      if (kind === 'o') this.#counted();
      else this.#item();
      if (!isPaired) continue;
      this.#skip(EQUALS);
      this.#item();
    }
  }

  /** A text with its length in front. */
  #counted(): string {
    return this.#take(this.#count());
  }

  #count(): number {
    return parseInt(this.#match(COUNT), 10);
  }

  #take(length: number): string {
    const taken = this.text.slice(this.#at, this.#at + length);
    if (taken.length !== length) this.#fail();
    this.#at += length;
    return taken;
  }

  #match(shape: RegExp): string {
    shape.lastIndex = this.#at;
    const found = shape.exec(this.text)?.[0];
    if (found === undefined) {
      this.#fail();
      return '0';
    }
    this.#at += found.length;
    return found;
  }

  #skip(separator: string): void {
    if (this.text.charAt(this.#at) === separator) this.#at++;
    else this.#fail();
  }

  #fail(): void {
    this.#isSound = false;
  }
}
