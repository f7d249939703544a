import type { LateTag } from './decisions.js';
import { isTimely, nonceOf } from './decisions.js';
import type { Scene } from './scenario.js';
import type { Server } from './world.js';

/*
 * The scripts of the server, each of them one step. They follow `redis/scripts`, without the times: whatever may run out
 * does so at any moment.
 */

/** What a caller wants to store. */
export interface Entry {
  readonly value: number;
  readonly nonce: number;
  readonly id: number;
}

/** Whether an entry that carries one nonce is valid where another was read; 0 is a nonce that is missing. */
export function nonceMatches(scene: Scene, carried: number, current: number): boolean {
  if (current === 0) return scene.without === 'absentTagValid';
  return carried === current;
}

/** What a reader accepts of what is stored: its version, or 0. */
export function validValue(scene: Scene, server: Server): number {
  if (!scene.tagged || nonceMatches(scene, server.nonce, server.tag)) return server.value;
  return 0;
}

function remove(server: Server): void {
  server.value = 0;
  server.nonce = 0;
  server.id = 0;
  server.lease = 0;
}

function store(server: Server, entry: Entry): void {
  server.value = entry.value;
  server.nonce = entry.nonce;
  server.id = entry.id;
}

/** Stores what was loaded, if the lease is still the loader's and the nonce still the tag's. */
export function fill(scene: Scene, server: Server, entry: Entry): boolean {
  if (server.lease !== entry.id && scene.without !== 'noFence') return false;
  server.lease = 0;
  if (scene.tagged && server.tag !== entry.nonce) return false;
  store(server, entry);
  return true;
}

/** Removes entry and lease, and spoils the writes that run. */
export function evict(scene: Scene, server: Server): void {
  remove(server);
  if (server.writers !== 0 && scene.without !== 'evictIgnoresWriters') server.overlap = 1;
}

/** Marks a writer, so that nothing read from here on is stored until it has ended. */
export function begin(server: Server, marker: number): void {
  remove(server);
  server.writers |= marker;
}

/** Ends a write: stores its value, if it has one, when nobody else wrote or evicted meanwhile. */
export function commit(
  scene: Scene,
  server: Server,
  { marker, entry }: { marker: number; entry: Entry },
): void {
  const mine = (server.writers & marker) !== 0 || scene.without === 'putIgnoresExpiry';
  remove(server);
  const sole = dropMarker(server, marker) && mine;
  if (sole && server.overlap === 0 && entry.value !== 0) store(server, entry);
  if (server.writers !== 0) {
    if (scene.without !== 'lateCommitSilent') server.overlap = 1;
  } else if (scene.without !== 'overlapStays') server.overlap = 0;
}

/** A marker goes; `true` when no other is left. */
function dropMarker(server: Server, marker: number): boolean {
  server.writers &= ~marker;
  return server.writers === 0;
}

/** A writer was slower than it may be: its marker goes, and what is left of the set with it. */
export function expireMarker(server: Server, marker: number): void {
  if (dropMarker(server, marker)) server.overlap = 0;
}

/** The tag's nonce, made anew when it is missing. */
export function tagNonce(scene: Scene, server: Server): number {
  windClock(scene, server);
  if (server.tag === 0) {
    if (scene.without !== 'creationDoesNotTick') server.ticks++;
    server.tag = nonceOf(server.epoch, server.ticks, ++server.noncesMade);
  }
  return server.tag;
}

/** Gives the tag a new nonce, which condemns every entry that carries another. */
export function invalidateTag(scene: Scene, server: Server): void {
  tickForInvalidation(scene, server);
  server.tag = nonceOf(server.epoch, server.ticks, ++server.noncesMade);
}

/** What an invalidation of any tag does to the clock. */
export function tickForInvalidation(scene: Scene, server: Server): void {
  windClock(scene, server);
  server.ticks++;
  server.invalidatedAt = server.ticks;
}

/** A clock that was lost starts anew, and must not be mistaken for the old one. */
function windClock(scene: Scene, server: Server): void {
  if (server.epoch === 0) server.epoch = scene.without === 'lostClockKeepsEpoch' ? 1 : ++server.epochsMade;
}

/** The clock is lost; the next that needs it makes another. */
export function loseClock(server: Server): void {
  server.epoch = 0;
  server.ticks = 0;
  server.invalidatedAt = 0;
}

/** Notes the clock before a load or a write. */
export function noteClock(scene: Scene, server: Server, note: { epoch: number; ticks: number }): void {
  windClock(scene, server);
  note.epoch = server.epoch;
  note.ticks = server.ticks;
}

/** Whether what was loaded or written may be stored under the nonce of a tag that only the result told. */
export function wasTimely(scene: Scene, server: Server, late: LateTag): boolean {
  if (scene.without === 'resultTagsWithoutClock') return true;
  const byNonceAlone = scene.scenario.tag === 'late key' && scene.without !== 'keyTagTrustsClock';
  const invalidatedAt = byNonceAlone ? Infinity : server.invalidatedAt;
  return isTimely(late, { epoch: server.epoch, invalidatedAt });
}
