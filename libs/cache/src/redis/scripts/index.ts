import { FILL, LEASE, RELEASE, RENEW } from './lease.js';
import { BEAT, HELLO } from './server.js';
import { INVALIDATE_TAGS, NONCES } from './tags.js';
import { BEGIN, COMMIT, EVICT } from './writes.js';

/** Every script by the name it is called with. */
export const SCRIPTS = {
  lease: LEASE,
  renew: RENEW,
  release: RELEASE,
  fill: FILL,
  evict: EVICT,
  begin: BEGIN,
  commit: COMMIT,
  nonces: NONCES,
  invalidateTags: INVALIDATE_TAGS,
  hello: HELLO,
  beat: BEAT,
} as const;

export type ScriptName = keyof typeof SCRIPTS;
