import { hash32 } from '../contracts/hash.js';
import type { Announcement, Naming, News } from './key-names.js';
import { isKey, KeyNames } from './key-names.js';
import type { Message } from './messages.js';
import { slotOf } from './slots.js';

/** More spread the load over more masters, and cost a load more commands. */
const TAG_GROUPS = 16;
const GROUPS: readonly number[] = Array.from({ length: TAG_GROUPS }, (_, group) => group);
const MEMBERS: readonly string[] = GROUPS.map(firstMemberOf);
const CLUSTER_WIDE: Announcement['args'] = ['', ''];

/** What an echo of a marker is about, by the letter before its name. */
const ECHOED: Readonly<Record<string, News>> = { k: 'keys', s: 'stale', t: 'tags' };
const LETTERS: Readonly<Record<News, string>> = { keys: 'k', stale: 's', tags: 't' };

/**
 * The names in a Cluster, where the text in braces decides about the server.
 * Tags of users and regions live in groups: what one script or one read touches must share a slot, and a slot for each
 * tag would make the nonces of a load as many commands as it has tags. The tag of a single entry lives with its key.
 * A marker is a key that is set and deleted at once; that it changed is what everybody is told.
 */
export class ClusterNames extends KeyNames {
  /** With what all markers begin. The server sends what changed in one moment by prefix, in the order of the alphabet. */
  readonly markers: string;
  /** With what the keys of all beats begin; behind `markers`, so that no beat overtakes a marker. */
  readonly beats: string;
  readonly #group: string;
  readonly #clock: string;
  readonly #epoch: string;

  constructor(naming: Naming) {
    super(naming);
    this.markers = `${naming.prefix}:i:`;
    this.beats = `${naming.prefix}:r:`;
    this.#group = `${naming.prefix}:t:{`;
    this.#clock = `${naming.prefix}:tc:{`;
    this.#epoch = `${naming.prefix}:e:{`;
  }

  /** The slot of a key or tag, with all its companions. */
  slotOf(name: string): number {
    const group = this.groupOf(name);
    return slotOf(group === undefined ? name : String(group));
  }

  override groupOf(tag: string): number | undefined {
    return isKey(tag) ? undefined : hash32(tag) % TAG_GROUPS;
  }

  override get groups(): readonly number[] {
    return GROUPS;
  }

  override tag(tag: string): string {
    const group = this.groupOf(tag);
    return group === undefined ? super.tag(tag) : `${this.#group}${group}}${tag}`;
  }

  override memberOf(group: number): string {
    return MEMBERS[group] ?? '#';
  }

  override get tagsLieBesideEntries(): boolean {
    return false;
  }

  override clockOf(group: number): string {
    return `${this.#clock}${group}}`;
  }

  /** The epoch of a server, by a label in one of its slots. */
  epochAt(label: string): string {
    return `${this.#epoch}${label}}`;
  }

  /** The key of a beat: it begins with what only its sender listens to, and ends in the number of the beat. */
  beat(sender: string, label: string, beat: number): string {
    return `${this.beats}${sender}:{${label}}${beat}`;
  }

  override announcement(kind: News, names: readonly string[]): Announcement {
    return { keys: names.map((name) => this.marker(kind, name)), args: CLUSTER_WIDE };
  }

  /** The marker that lies with what it tells of. */
  marker(kind: News, name: string): string {
    const group = kind === 'tags' ? this.groupOf(name) : undefined;
    if (group !== undefined) return `${this.markers}{${group}}${name}`;
    return `${this.markers}{${name}}${kind === 'stale' ? 's' : ''}`;
  }

  /** A marker of the same meaning in any slot. */
  echo(kind: News, name: string, label: string): string {
    return `${this.markers}{${label}}!${LETTERS[kind]}${name}`;
  }

  /** What a marker or the key of a beat means, or `undefined` when it is none of ours. */
  meaning(key: string): Message | undefined {
    const [, text = '', rest = ''] = /\{([^}]+)\}(.*)$/s.exec(key) ?? [];
    if (key.startsWith(this.beats))
      return /^\d+$/.test(rest) ? { kind: 'beat', beat: Number(rest) } : undefined;
    return text !== '' && key.startsWith(`${this.markers}{`) ? meaningOf(text, rest) : undefined;
  }
}

function firstMemberOf(group: number): string {
  for (let number = 0; ; number++) if (hash32(`#${number}`) % TAG_GROUPS === group) return `#${number}`;
}

/** What is told by the text in a marker's braces and by what follows it. */
function meaningOf(text: string, rest: string): Message | undefined {
  if (rest === '') return { kind: 'keys', names: [text] };
  if (rest === 's') return { kind: 'stale', names: [text] };
  if (!rest.startsWith('!')) return isKey(rest) ? undefined : { kind: 'tags', names: [rest] };
  const kind = ECHOED[rest.charAt(1)];
  return kind === undefined ? undefined : { kind, names: [rest.slice(2)] };
}
