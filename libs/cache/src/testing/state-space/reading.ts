import { TAG_MARK, learned } from './decisions.js';
import type { LoadTurn } from './flights.js';
import { AT, answer, land, place, takeOff } from './flights.js';
import { joinable, markTag } from './processes.js';
import { nonceMatches } from './server.js';
import { retire } from './world.js';

/** Memory, a flight that is in the air, or one of its own. */
export function start(turn: LoadTurn): void {
  const { world, scene, own, process, me } = turn;
  me.floor = own.acknowledged;
  me.seen = own.seen;
  if (own.memory !== 0) {
    answer(turn, own.memory);
    retire(me);
    return;
  }
  me.joined = joinable(world, scene, process);
  if (me.joined !== 0) {
    me.rounds = 1;
    me.at = AT.joined;
    return;
  }
  takeOff(turn);
  if (me.at === AT.read) read(turn);
}

/** The server reads the entry, and the tag's nonce if the process does not know it. */
export function read({ server, me }: LoadTurn): void {
  me.found = server.value;
  me.foundNonce = server.nonce;
  me.foundId = server.id;
  if (me.found === 0) {
    me.at = AT.lease;
    me.asked = 0;
    return;
  }
  if (me.asked === 1) me.nonce = server.tag;
  me.at = AT.reply;
}

/** Judges what was read, by the nonce that it or its process knows. */
export function judge(turn: LoadTurn): void {
  const { scene, own, me } = turn;
  if (me.asked === 1) learn(turn);
  markTag(me);
  const known = me.nonce === 0 ? own.nonce : me.nonce;
  const unknown = known === 0 && me.asked === 0;
  me.asked = 0;
  if (!scene.tagged || (!unknown && nonceMatches(scene, me.foundNonce, known))) hit(turn);
  else me.at = AT.peek;
}

/** A nonce in memory may be older than the entry, so the server is asked before the entry is condemned. */
export function peek({ server, me }: LoadTurn): void {
  me.nonce = server.tag;
  me.at = AT.peeked;
}

/** Judges once more. */
export function judgeAgain(turn: LoadTurn): void {
  const { scene, me } = turn;
  learn(turn);
  if (nonceMatches(scene, me.foundNonce, me.nonce)) {
    hit(turn);
    return;
  }
  me.bad = me.foundId;
  me.at = AT.lease;
}

/** The process remembers the nonce that was read. */
export function learn({ scene, own, me }: LoadTurn): void {
  const mark = scene.without === 'noNonceGuard' ? TAG_MARK.now : me.tagMark;
  own.nonce = learned(own.nonce, mark, me.nonce);
}

function hit(turn: LoadTurn): void {
  const { me } = turn;
  const value = me.found;
  place(turn, value);
  answer(turn, value);
  land(turn, value, true);
  retire(me);
}
