import { readKey } from '../contracts/key-reader.js';
import type { NamedPart } from './companions.js';
import { partsOf } from './companions.js';
import { LOG_KINDS } from './key-names.js';

/**
 * What a key of the server is, by its name. `'ours'`: what lives as long as the server's data, or is another one's to remove.
 * `'unknown'`: nothing that this version of the library writes.
 */
export type Kept =
  | { readonly kind: 'value' | 'lease'; readonly version: string | undefined }
  | { readonly kind: 'writers' | 'nonce' | 'marker' | 'ours' | 'unknown' };

/** The version of a deployment whose keys carry none; no version can be called so. */
const NO_VERSION = '!';

const OURS: Kept = { kind: 'ours' };
const UNKNOWN: Kept = { kind: 'unknown' };
/**
 * Epochs, tag clocks, announcements, the rounds of sweeping, counters and rankings with those who change and count them, and
 * the logs of write-behind, which hold what is nowhere else.
 */
const LEFT_ALONE: ReadonlySet<string> = new Set(['e', 'tc', 'b', 'bl', 'd', 'dw', 'dl', ...LOG_KINDS]);
const SWEPT: Readonly<Record<string, 'writers' | 'nonce' | 'marker'>> = {
  w: 'writers',
  t: 'nonce',
  i: 'marker',
};
const WITHOUT_BRACES: ReadonlySet<string> = new Set(['e:0', 'tc']);
/** The key of a beat in a Cluster, as cluster-names.ts makes it. */
const BEAT = /^r:[\w-]+:\{[^{}]+\}\d+$/;

/** What lies under a name that begins with `prefix:`. */
export function keptUnder(name: string, prefix: string): Kept {
  const own = name.slice(prefix.length + 1);
  if (WITHOUT_BRACES.has(own)) return OURS;
  if (BEAT.test(own)) return { kind: 'marker' };
  const parts = partsOf(name, prefix);
  if (parts === undefined) return UNKNOWN;
  return parts.letter === 'v' || parts.letter === 'l' ? versioned(parts) : unversioned(parts);
}

/** An entry or a lease; a text in braces that is no key is somebody else's. */
function versioned({ version, letter, text, rest }: NamedPart): Kept {
  if (rest !== '' || readKey(text) === undefined) return UNKNOWN;
  return { kind: letter === 'v' ? 'value' : 'lease', version };
}

function unversioned({ version, letter, rest }: NamedPart): Kept {
  if (version !== undefined) return UNKNOWN;
  if (LEFT_ALONE.has(letter)) return OURS;
  const kind = letter === 'w' && rest !== '' ? undefined : SWEPT[letter];
  return kind === undefined ? UNKNOWN : { kind };
}

/** What decides about the server on which a version is announced. */
export function versionLabel(version: string | undefined): string {
  return version ?? NO_VERSION;
}

/** The key by which a version is announced. */
export function announcementKey(prefix: string, version: string | undefined): string {
  return `${prefix}:b:{${versionLabel(version)}}`;
}

/** The key that says that somebody sweeps a server, by a label in one of its slots. */
export function roundKey(prefix: string, label: string): string {
  return `${prefix}:bl:{${label}}`;
}
