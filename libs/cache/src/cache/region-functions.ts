import { canonicalTag } from '../contracts/canonical-key.js';
import { CacheError } from '../contracts/errors.js';
import type { RegionOptions } from '../contracts/region.js';
import { shown } from '../contracts/shown.js';
import { UserFault, atOnce, faultOf, kindOfError } from '../contracts/user-fault.js';
import type { RegionRuntime } from './requests.js';

type Args = readonly unknown[];
type Tags = readonly string[];

/**
 * The functions that a region's definition gives, with what they answer checked: tags come out canonical, and a promise
 * where an answer was wanted is a fault. They throw; whoever calls them decides what then is safe, and says it once.
 */
export class RegionFunctions {
  readonly #constant: Tags | undefined;

  /** @throws CacheError `INVALID_OPTION` for what no call could do anything with. */
  constructor(
    private readonly region: string,
    private readonly options: RegionOptions,
  ) {
    const { tags, resultTags, revive } = options as Readonly<Record<string, unknown>>;
    this.#constant =
      typeof tags === 'function' ? undefined : this.#constantTags(tags === undefined ? [] : tags);
    this.#assertFunction('resultTags', resultTags);
    this.#assertFunction('revive', revive);
  }

  /** The user's tags of an entry with these key arguments. Throws what the function throws, or a UserFault. */
  tagsOf(args: Args): Tags {
    const { tags } = this.options;
    if (this.#constant !== undefined || typeof tags !== 'function') return this.#constant ?? [];
    return listed(tags(...args));
  }

  /** The tags that only a value tells. Throws what the function throws, or a UserFault. */
  resultTagsOf(value: unknown, args: Args): Tags {
    const { options } = this;
    return options.resultTags === undefined ? [] : listed(options.resultTags(value, ...args));
  }

  /** Makes an instance of the region's class; `undefined` where the region has none. Throws UserFaults only. */
  get revive(): RegionOptions['revive'] {
    const { revive } = this.options;
    if (revive === undefined) return undefined;
    return (plain) => {
      try {
        return atOnce(revive(plain));
      } catch (cause) {
        // reports quote the name of what a reviver threw, and a name may hold anything
        throw Object.assign(new UserFault(faultOf(cause), { cause }), { name: kindOfError(cause) });
      }
    };
  }

  #constantTags(tags: unknown): Tags {
    if (Array.isArray(tags)) return tags.map((tag) => canonicalTag(assertTag(tag, this.region)));
    throw this.#invalid('tags', 'an array of tags or a function', tags);
  }

  #assertFunction(option: string, value: unknown): void {
    if (value === undefined || typeof value === 'function') return;
    throw this.#invalid(option, 'a function', value);
  }

  #invalid(option: string, what: string, got: unknown): CacheError {
    const message = `${option} of the region '${this.region}' must be ${what}, got ${shown(got)}`;
    return new CacheError('INVALID_OPTION', message);
  }
}

/**
 * All tags known of an entry before it is loaded, the region's own first; `undefined`, said once, when the region's function
 * cannot tell them. Nothing may be kept then, for nothing would condemn it.
 */
export function knownTags(region: RegionRuntime, args: Args): Tags | undefined {
  try {
    return [region.tag, ...region.tagsOf(args)];
  } catch (error) {
    region.refused(`its tags function ${faultOf(error)}`);
    return undefined;
  }
}

/** @throws UserFault unless it is an array of tags that is there now. */
function listed(answer: unknown): Tags {
  const list = atOnce(answer);
  if (!Array.isArray(list) || !list.every(isTag)) throw new UserFault('did not return an array of tags');
  return list.map((tag) => canonicalTag(tag));
}

function isTag(tag: unknown): tag is string {
  return typeof tag === 'string' && tag.length > 0 && tag.length <= 500;
}

/** @throws CacheError `INVALID_OPTION` unless it is a non-empty string of at most 500 characters. */
export function assertTag(tag: unknown, where: string): string {
  if (isTag(tag)) return tag;
  throw new CacheError(
    'INVALID_OPTION',
    `a tag (of ${where}) must be a string of 1 to 500 characters, got ${typeof tag === 'string' ? `${tag.length} characters` : typeof tag}`,
  );
}
