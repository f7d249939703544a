import { expect, test } from '@jest/globals';
import { canonicalKey, canonicalTag, regionTag } from '../contracts/canonical-key.js';
import { ClusterNames } from './cluster-names.js';
import { announcementKey, keptUnder, roundKey } from './kept-names.js';
import { KeyNames } from './key-names.js';

const naming = { prefix: 'app', version: '2', alsoEvict: [] };
const names = new KeyNames(naming);
const cluster = new ClusterNames(naming);
const KEY = canonicalKey('birds', ['a', { b: 1 }]) ?? '';
const ROUTE = canonicalKey('birds!http', ['/birds/:id', 'x']) ?? '';
const LONG = canonicalKey('birds', ['x'.repeat(300)]) ?? '';
const USER_TAG = canonicalTag('forest {1}');
const REGION_TAG = regionTag('birds');

test.each([
  ['an entry', names.value(KEY), { kind: 'value', version: '2' }],
  ['a response', names.value(ROUTE), { kind: 'value', version: '2' }],
  ['an entry with a hashed key', names.value(LONG), { kind: 'value', version: '2' }],
  [
    'an entry without a version',
    new KeyNames({ ...naming, version: undefined }).value(KEY),
    { kind: 'value' },
  ],
  ['a lease', names.lease(KEY), { kind: 'lease', version: '2' }],
  ['writers', names.writers(KEY), { kind: 'writers' }],
  ['the nonce of a key', names.tag(KEY), { kind: 'nonce' }],
  ['the nonce of a tag', names.tag(USER_TAG), { kind: 'nonce' }],
  ['the nonce of a tag in a Cluster', cluster.tag(USER_TAG), { kind: 'nonce' }],
  ['the nonce of a region in a Cluster', cluster.tag(REGION_TAG), { kind: 'nonce' }],
  ['the marker of a key', cluster.marker('keys', KEY), { kind: 'marker' }],
  ['the marker of a tag', cluster.marker('tags', REGION_TAG), { kind: 'marker' }],
  ['an echo', cluster.echo('stale', KEY, 'x'), { kind: 'marker' }],
  ['a beat in a Cluster', cluster.beat('sEnd_er-1', 'x', 7), { kind: 'marker' }],
  ['the epoch', names.epoch, { kind: 'ours' }],
  ['the epoch of a master', cluster.epochAt('x'), { kind: 'ours' }],
  ['the tag clock', names.tagClock, { kind: 'ours' }],
  ['the clock of a group of tags', cluster.clockOf(7), { kind: 'ours' }],
  ['the announcement of a version', announcementKey('app', '2'), { kind: 'ours' }],
  ['the announcement of no version', announcementKey('app', undefined), { kind: 'ours' }],
  ['a round', roundKey('app', 'x'), { kind: 'ours' }],
  ...names.derivedKeys('birds!counted:s1:a').map((name) => ['counters', name, { kind: 'ours' }] as const),
  ...names.logKeys('birds.sung/3').map((name) => ['a log of writes', name, { kind: 'ours' }] as const),
  ...names.regionLogKeys('birds').map((name) => ['the logs of a region', name, { kind: 'ours' }] as const),
  ['something without braces', 'app:sessions:1', { kind: 'unknown' }],
  ['a value of somebody else', 'app:sessions:v:{1}', { kind: 'unknown' }],
  ['a letter that nobody uses', 'app:x:{birds:s1:a}', { kind: 'unknown' }],
  ['writers with a version', 'app:2:w:{birds:s1:a}', { kind: 'unknown' }],
  ['an entry with something behind', `${names.value(KEY)}x`, { kind: 'unknown' }],
] as const)('%s is known by its name', (_, name, kept) => {
  expect(keptUnder(name, 'app')).toEqual(kept);
});
