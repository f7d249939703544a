import type { LateNonce, TagClocks } from '../contracts/store.js';
import type { TagClock, TagClockNow } from '../contracts/tag-clock.js';
import { timely } from '../contracts/tag-clock.js';
import type { ScriptRun } from './connection.js';
import type { KeyNames } from './key-names.js';
import { isKey } from './key-names.js';
import type { Servers } from './servers.js';
import { MOVING } from './servers.js';
import type { SingleSteps } from './single-steps.js';
import { nonceText } from './tokens.js';
import { unknownServer, visibleNonce } from './store-reads.js';

/** Most tags in one script: Lua unpacks them onto its stack. */
const TAGS_AT_ONCE = 1_000;

/** Tags that share a clock and go into one script. */
interface TagGroup {
  readonly group: number | undefined;
  readonly tags: string[];
  /** Where they stood among all that were asked for. */
  readonly places: number[];
}

/** A nonce, and where its clock stood when it was read; the tags that are keys have no clock in a Cluster. */
interface Reading {
  /** As it leaves the store. */
  readonly nonce: string;
  readonly group: number | undefined;
  readonly now: TagClockNow | undefined;
}

/** The nonces of tags and their clocks: made, prolonged, noted and renewed by scripts, one for each group of tags. */
export class TagNonces {
  constructor(
    private readonly servers: Servers,
    private readonly names: KeyNames,
    private readonly steps: SingleSteps | undefined,
  ) {}

  async nonces(tags: readonly string[], ttlMs: number): Promise<readonly string[]> {
    return (await this.#read(tags, ttlMs)).map(({ nonce }) => nonce);
  }

  async clocks(): Promise<TagClocks> {
    const args = [nonceText()];
    const runs = this.names.groups.map((group) => {
      const run: ScriptRun = { script: 'tagClock', keys: [this.names.clockOf(group)], args };
      return { name: this.names.memberOf(group), run };
    });
    // the epochs of now: a clock that a server tells before it restarts is not that of afterwards
    const links = runs.map(({ name }) => this.servers.linkOf(name));
    const seen = links.map((link) => visibleNonce(this.names, link, ''));
    const replies = await this.servers.runEach(runs);
    return replies.map((reply, i) => (reply === undefined ? null : clockFrom(reply, seen[i] ?? '')));
  }

  async late(tags: readonly string[], noted: TagClocks, ttlMs: number): Promise<readonly LateNonce[]> {
    const readings = await this.#read(tags, ttlMs);
    return readings.map((reading, i) => ({
      nonce: reading.nonce,
      timely: isTimely(tags[i] ?? '', reading, noted),
    }));
  }

  /** `replicasMs`: how long it waits for a replica. Resolves to whether one has it; `true` where none was asked for. */
  async invalidate(tags: readonly string[], ttlMs: number, replicasMs: number | undefined): Promise<boolean> {
    const all = this.#grouped(tags);
    const runs = all.flatMap((some) => this.#invalidation(some, ttlMs) ?? []);
    const sure = replicasMs === undefined ? [] : await this.servers.replicated(runs, replicasMs);
    const outcomes = runs.map(async ({ name, run, tags: some }, i) => {
      const known = sure[i];
      if (known !== undefined) return known;
      if ((await this.servers.run(name, run)) === MOVING) await this.steps?.invalidate(some, nonceText());
      return replicasMs === undefined;
    });
    const alone = all.filter(({ group }) => group === undefined);
    const singly = alone.map(async ({ tags: some }) => {
      await this.steps?.invalidate(some, nonceText());
      return replicasMs === undefined;
    });
    return (await Promise.all([...outcomes, ...singly])).every(Boolean);
  }

  /** The script for tags that have a clock. */
  #invalidation({ group, tags }: TagGroup, ttlMs: number) {
    if (group === undefined) return undefined;
    const { keys, args } = this.names.announcement('tags', tags);
    const run: ScriptRun = {
      script: 'invalidateTags',
      keys: [this.names.clockOf(group), ...tags.map((tag) => this.names.tag(tag)), ...keys],
      args: [...args, nonceText(), Math.ceil(ttlMs)],
    };
    return { name: tags[0] ?? '', run, tags };
  }

  async #read(tags: readonly string[], ttlMs: number): Promise<readonly Reading[]> {
    const readings = new Array<Reading>(tags.length);
    const work = this.#grouped(tags).map(async ({ group, tags: some, places }) => {
      const keys = some.map((tag) => this.names.tag(tag));
      const clock = group === undefined ? [] : [this.names.clockOf(group)];
      const script = group === undefined ? 'keyNonces' : 'nonces';
      const args = [nonceText(), Math.ceil(ttlMs)];
      const reply = await this.servers.run(some[0] ?? '', { script, keys: [...clock, ...keys], args });
      if (reply === MOVING) throw unknownServer();
      const texts = reply as string[];
      const [epoch, invalidatedAt] = texts.slice(some.length);
      const link = this.servers.linkOf(some[0] ?? '');
      const visible = (text: string) => visibleNonce(this.names, link, text);
      const now =
        epoch === undefined ? undefined : { epoch: visible(epoch), invalidatedAt: Number(invalidatedAt) };
      places.forEach((place, i) => (readings[place] = { nonce: visible(texts[i] ?? ''), group, now }));
    });
    await Promise.all(work);
    return readings;
  }

  /** Tags by their group, as many as go into one script; a tag without a group is one by itself. */
  #grouped(tags: readonly string[]): TagGroup[] {
    const full: TagGroup[] = [];
    const open = new Map<number, TagGroup>();
    for (const [place, tag] of tags.entries()) {
      const group = this.names.groupOf(tag);
      const known = group === undefined ? undefined : open.get(group);
      if (known !== undefined && known.tags.length < TAGS_AT_ONCE) {
        known.tags.push(tag);
        known.places.push(place);
        continue;
      }
      const made = { group, tags: [tag], places: [place] };
      full.push(made);
      if (group !== undefined) open.set(group, made);
    }
    return full;
  }
}

/** `seen`: with what everything begins that the clock's server tells, as its nonces do. */
function clockFrom(reply: unknown, seen: string): TagClock {
  const [epoch, n] = reply as [string, string];
  return { epoch: seen + epoch, n: Number(n) };
}

/**
 * Whether a tag was surely not invalidated since the clocks were noted. Evicting a key condemns its own tag without
 * advancing a clock, so that only the age of the nonce itself says something about such a tag.
 */
function isTimely(tag: string, { nonce, group, now }: Reading, noted: TagClocks): boolean {
  const before = group === undefined ? undefined : noted[group];
  if (!before || now === undefined) return false;
  return timely(before, nonce, isKey(tag) ? { ...now, invalidatedAt: Infinity } : now);
}
