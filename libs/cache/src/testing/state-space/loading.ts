import { quietSince } from './decisions.js';
import type { LoadTurn } from './flights.js';
import { AT, answer, land, place } from './flights.js';
import { markTag } from './processes.js';
import { learn, read } from './reading.js';
import type { Scene } from './scenario.js';
import { fill, noteClock, tagNonce, wasTimely } from './server.js';
import type { Loader } from './world.js';
import { retire } from './world.js';

/** What a loader may do with what it loads. */
const RIGHT = { none: 0, lease: 1, writing: 2, waited: 3 } as const;

/** The value that somebody else has stored meanwhile, the right to load, or a load that is not stored. */
export function askForLease(turn: LoadTurn): void {
  const { scene, server, me, no } = turn;
  if (server.value !== 0 && server.id !== me.bad) {
    read(turn);
    return;
  }
  forgetFound(me);
  me.at = AT.database;
  if (server.writers !== 0 && scene.without !== 'leaseIgnoresWriters') me.right = RIGHT.writing;
  else if (server.lease !== 0) me.right = RIGHT.waited;
  else {
    server.lease = no;
    me.right = RIGHT.lease;
    me.at = preparation(scene);
  }
}

function forgetFound(me: Loader): void {
  me.found = 0;
  me.foundNonce = 0;
  me.foundId = 0;
  me.bad = 0;
  me.nonce = 0;
}

/** What is read before the database. */
function preparation({ tagged, late, without }: Scene): number {
  if (!tagged) return AT.database;
  if (late) return AT.clock;
  return without === 'tagsReadAfterLoad' ? AT.database : AT.nonces;
}

export function readNonces({ scene, server, me }: LoadTurn): void {
  me.nonce = tagNonce(scene, server);
  me.at = AT.nonced;
}

export function takeNonces(turn: LoadTurn): void {
  learn(turn);
  turn.me.at = turn.me.value === 0 ? AT.database : AT.fill;
}

export function readClock({ scene, server, me }: LoadTurn): void {
  noteClock(scene, server, me);
  me.at = AT.database;
}

/** The caller gets its answer as soon as there is one; the flight goes on. */
export function load(turn: LoadTurn): void {
  const { world, scene, me } = turn;
  me.value = world.facts.row;
  answer(turn, me.value);
  me.floor = 0;
  me.seen = 0;
  if (me.right !== RIGHT.lease) me.at = AT.loaded;
  else if (scene.late) me.at = AT.late;
  else me.at = scene.without === 'tagsReadAfterLoad' ? AT.nonces : AT.fill;
}

/**
 * What is not stored has landed. Those aboard ask again if a writer was at work, or if the tag may have been invalidated:
 * while nobody knew its name, that did not keep them from coming aboard.
 */
export function landUnstored(turn: LoadTurn): void {
  const { scene, me } = turn;
  const { value } = me;
  const quiet = !scene.late || quietSince(me.moment);
  if (scene.scenario.alone) {
    markTag(me);
    const timely = quiet || scene.without === 'resultTagsWithoutMoment';
    if (timely) place(turn, value);
    land(turn, value, timely);
  } else {
    const waited = me.right === RIGHT.waited;
    land(turn, value, waited && (quiet || scene.without === 'waitedFlightWelcomes'));
  }
  retire(me);
}

/** The tag is known now: its mark is taken, then its nonce is read, and the noted clock says whether that was in time. */
export function readLateNonce(turn: LoadTurn): void {
  const { scene, server, me } = turn;
  markTag(me);
  me.nonce = tagNonce(scene, server);
  me.at = AT.fill;
  const timely = wasTimely(scene, server, me);
  me.epoch = 0;
  me.ticks = 0;
  if (timely) return;
  land(turn, me.value, false);
  me.at = AT.release;
}

export function sendFill(turn: LoadTurn): void {
  const { scene, server, me, no } = turn;
  if (scene.late) learn(turn);
  const stored = fill(scene, server, { value: me.value, nonce: me.nonce, id: no });
  me.right = stored ? RIGHT.lease : RIGHT.none;
  me.nonce = 0;
  me.at = AT.filled;
}

/** A refused fill never enters memory. */
export function landFilled(turn: LoadTurn): void {
  const { me } = turn;
  const { value } = me;
  const stored = me.right === RIGHT.lease;
  if (stored) place(turn, value);
  land(turn, value, stored);
  retire(me);
}

export function giveLeaseBack({ scene, server, me, no }: LoadTurn): void {
  if (server.lease === no && scene.without !== 'leaseStays') server.lease = 0;
  retire(me);
}
