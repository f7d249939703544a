import type { CommunityFilter, CommunityTraits } from './community.types.js';

/** What a filter says beside traits. */
const BESIDE_TRAITS: ReadonlySet<string> = new Set(['name', 'minMembers', 'sort', 'page']);

/** What the same list is asked for by when it is not said. */
const DEFAULTS: Readonly<Record<string, unknown>> = { minMembers: 0, sort: 'id' };

/**
 * The one form of all filters that ask for the same list, so that they share an entry: texts trimmed and in lower case, without
 * what is empty or said by default. The order of the properties makes no difference to a key.
 */
export function canonicalFilter(filter: CommunityFilter): CommunityFilter {
  const said = Object.entries(filter)
    .map(([name, value]): [string, unknown] => [
      name,
      typeof value === 'string' ? canonicalText(value) : value,
    ])
    .filter(
      ([name, value]) => value !== undefined && value !== null && value !== '' && value !== DEFAULTS[name],
    );
  return Object.fromEntries(said);
}

/** The tag of the lists for exactly these traits; other parts of a filter make no difference. */
export function listTag(filter: CommunityFilter): string {
  return tagOf(traitsOf(filter));
}

/** The tags of every list that may show a community with these traits: one for each choice of them, the empty one included. */
export function listTagsOf(traits: CommunityTraits): string[] {
  const choices = traitsOf(traits).reduce<Trait[][]>(
    (chosen, trait) => [...chosen, ...chosen.map((traitsBefore) => [...traitsBefore, trait])],
    [[]],
  );
  return choices.map(tagOf);
}

type Trait = readonly [name: string, value: string];

function traitsOf(filter: CommunityFilter): Trait[] {
  return Object.entries(canonicalFilter(filter))
    .filter(([name]) => !BESIDE_TRAITS.has(name))
    .map(([name, value]): Trait => [name, String(value)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function tagOf(traits: readonly Trait[]): string {
  return ['community:list', ...traits.flat().map(encodeURIComponent)].join(':');
}

function canonicalText(text: string): string {
  return text.trim().toLowerCase();
}
