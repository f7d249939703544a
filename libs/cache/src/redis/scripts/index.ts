import {
  DERIVED_BEGIN,
  DERIVED_COMMIT,
  DERIVED_DROP,
  DERIVED_ENTER,
  DERIVED_FILL,
  DERIVED_LEAVE,
  DERIVED_READ,
  DERIVED_RECOUNT,
  DERIVED_RELEASE,
  DERIVED_RENEW,
} from './derived.js';
import { FILL, LEASE, REFUSE, RELEASE, RENEW } from './lease.js';
import { BEAT, HELLO } from './server.js';
import { DROP, ENTER, LEAVE, MARK, SPOIL } from './steps.js';
import { ANNOUNCE, ANNOUNCED, SWEEP } from './sweep.js';
import { ADVANCE_CLOCK, INVALIDATE_TAGS, KEY_NONCES, NONCES, TAG_CLOCK } from './tags.js';
import { EXPIRE, TOUCH } from './touch.js';
import { BEGIN, COMMIT, EVICT } from './writes.js';

/** Every script by the name it is called with. */
export const SCRIPTS = {
  lease: LEASE,
  refuse: REFUSE,
  renew: RENEW,
  release: RELEASE,
  fill: FILL,
  touch: TOUCH,
  evict: EVICT,
  expire: EXPIRE,
  begin: BEGIN,
  commit: COMMIT,
  nonces: NONCES,
  keyNonces: KEY_NONCES,
  tagClock: TAG_CLOCK,
  invalidateTags: INVALIDATE_TAGS,
  advanceClock: ADVANCE_CLOCK,
  drop: DROP,
  spoil: SPOIL,
  enter: ENTER,
  leave: LEAVE,
  mark: MARK,
  derivedRead: DERIVED_READ,
  derivedRecount: DERIVED_RECOUNT,
  derivedFill: DERIVED_FILL,
  derivedRenew: DERIVED_RENEW,
  derivedRelease: DERIVED_RELEASE,
  derivedBegin: DERIVED_BEGIN,
  derivedCommit: DERIVED_COMMIT,
  derivedDrop: DERIVED_DROP,
  derivedEnter: DERIVED_ENTER,
  derivedLeave: DERIVED_LEAVE,
  announce: ANNOUNCE,
  announced: ANNOUNCED,
  sweep: SWEEP,
  hello: HELLO,
  beat: BEAT,
} as const;

export type ScriptName = keyof typeof SCRIPTS;
