import { CacheError } from './errors.js';
import type { ReadKey } from './key-reader.js';
import { shown } from './shown.js';

/** One character of a glob: any single one, any number of any, or itself. */
type Sign = { readonly any: 'one' | 'many' } | { readonly char: string };

const ONE: Sign = { any: 'one' };
const MANY: Sign = { any: 'many' };

/** Keys by what they look like, as `invalidatePattern` takes them. */
export interface KeyPattern {
  /** Whether a region of this name is meant. */
  meansRegion(name: string): boolean;
  /** The pattern of the arguments; `undefined` means all entries of the regions. */
  readonly args: ArgumentsPattern | undefined;
}

/** Argument lists by what they look like. */
export class ArgumentsPattern {
  constructor(
    private readonly globs: readonly Glob[],
    /** Whether any more arguments may follow. */
    private readonly isOpen: boolean,
  ) {}

  /** Whether the arguments of a key that is not hashed are meant. */
  means(texts: readonly (string | undefined)[]): boolean {
    const { globs, isOpen } = this;
    if (isOpen ? texts.length < globs.length : texts.length !== globs.length) return false;
    return globs.every((glob, index) => glob.meansArgument(texts[index]));
  }
}

/** A text with `*`, `?` and a backslash for what is to be taken as it is. Matched in time that grows with the lengths only. */
export class Glob {
  constructor(private readonly signs: readonly Sign[]) {}

  /** Whether it stands for whatever there is. */
  get isAll(): boolean {
    return this.signs.length > 0 && this.signs.every((sign) => sign === MANY);
  }

  /** Only a lone `*` stands for an argument that is no string, number or boolean. */
  meansArgument(text: string | undefined): boolean {
    return this.isAll || (text !== undefined && this.means(text));
  }

  means(text: string): boolean {
    const chars = [...text];
    const { signs } = this;
    let [at, sign] = [0, 0];
    // where the last `*` stands, and how far it has reached so far
    let [star, reached] = [-1, 0];
    while (at < chars.length) {
      const found = signs[sign];
      if (found === MANY) [star, reached] = [sign++, at];
      else if (found !== undefined && fits(found, chars[at])) [at, sign] = [at + 1, sign + 1];
      else if (star >= 0) [at, sign] = [++reached, star + 1];
      else return false;
    }
    return signs.slice(sign).every((rest) => rest === MANY);
  }
}

/**
 * Reads `region` or `region:argument,argument,…`. `*` and `?` stand for others, a backslash takes what follows as it is, and
 * a last `*` stands for all the arguments that are left, none of them included.
 * @throws CacheError `INVALID_OPTION`
 */
export function keyPattern(pattern: unknown): KeyPattern {
  if (typeof pattern !== 'string' || pattern === '') throw invalid('must be a text', pattern);
  const colon = pattern.indexOf(':');
  const region = globOf(colon < 0 ? pattern : pattern.slice(0, colon));
  const meansRegion = (name: string) => region.means(name);
  if (colon < 0) return { meansRegion, args: undefined };
  const rest = pattern.slice(colon + 1);
  // nothing behind the colon means the key without arguments
  const globs = rest === '' ? [] : split(rest).map(globOf);
  const isOpen = globs.at(-1)?.isAll === true;
  if (isOpen) globs.pop();
  const isWhole = isOpen && globs.length === 0;
  return { meansRegion, args: isWhole ? undefined : new ArgumentsPattern(globs, isOpen) };
}

/** At the commas that no backslash stands before. */
function split(text: string): string[] {
  return (text.match(/(?:\\.|[^\\,])+|\\$|,/gsu) ?? []).reduce<string[]>(
    (parts, part) => {
      if (part === ',') parts.push('');
      else parts[parts.length - 1] += part;
      return parts;
    },
    [''],
  );
}

function globOf(text: string): Glob {
  const signs: Sign[] = [];
  const chars = [...text];
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] ?? '';
    if (char === '*') signs.push(MANY);
    else if (char === '?') signs.push(ONE);
    else if (char !== '\\') signs.push({ char });
    else if (++i < chars.length) signs.push({ char: chars[i] ?? '' });
    else throw invalid('must not end in a backslash', text);
  }
  return new Glob(signs);
}

function fits(sign: Sign, char: string | undefined): boolean {
  return sign === ONE || ('char' in sign && sign.char === char);
}

/** Whether a key is meant; `'hashed'` where nobody can tell. */
export function meansKey(args: ArgumentsPattern, key: ReadKey): boolean | 'hashed' {
  return key.args.kind === 'hashed' ? 'hashed' : args.means(key.args.texts);
}

function invalid(rule: string, got: unknown): CacheError {
  return new CacheError('INVALID_OPTION', `a pattern ${rule}, got ${shown(got)}`);
}
