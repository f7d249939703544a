import { lua } from './lua.js';

/**
 * Asks for the right to load a key. Bytes that are too few to have an id are no entry, and count as absent. What is longer
 * than any entry, or no text, is deleted: of the one the beginning is given, of the other nothing, for the reader to count it.
 * KEYS v l w   ARGV token leaseMs badId (the id of an entry found invalid, or '') maxBytes
 * Returns {1, bytes} a value is there; {2} granted; {3, remaining ms} somebody loads; {4} a writer is at work.
 */
export const LEASE = lua`
local length = redis.pcall('STRLEN', KEYS[1])
if type(length) == 'table' then
  redis.call('DEL', KEYS[1])
  return {1, ''}
end
if length >= 16 then
  local tooLong = length > tonumber(ARGV[4])
  local v = tooLong and redis.call('GETRANGE', KEYS[1], 0, 15) or redis.call('GET', KEYS[1])
  if tooLong then redis.call('DEL', KEYS[1]) end
  if string.sub(v, 1, 16) ~= ARGV[3] then return {1, v} end
end
if writers(KEYS[3]) then return {4} end
text(KEYS[2])
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {2} end
local remaining = redis.call('PTTL', KEYS[2])
if remaining == -1 then
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
  return {2}
end
return {3, remaining}
`;

/**
 * Deletes what is longer than any entry: it would be sent whole with every read. Where nobody has seen it, a text that is no
 * entry takes its place for a while, for the next reader to count. KEYS v   ARGV maxBytes unseenMs (0: it was seen)
 */
export const REFUSE = lua`
local length = redis.pcall('STRLEN', KEYS[1])
if type(length) == 'table' or length <= tonumber(ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1])
if ARGV[2] ~= '0' then redis.call('SET', KEYS[1], '', 'PX', ARGV[2]) end
return 1
`;

/** Prolongs a lease while its loader runs. KEYS l   ARGV token leaseMs   Returns 1, or 0 when it is no longer ours. */
export const RENEW = lua`
if text(KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`;

/** Gives a lease back without storing anything. KEYS l   ARGV token */
export const RELEASE = lua`
if text(KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`;

/**
 * Stores what was loaded, if the lease is still ours: every evict deletes the lease, so a value read before the evict
 * finds the door closed. An invalidation of a tag cannot know the leases it concerns; its nonces are compared instead, so
 * that those who joined the load hear that it was overtaken. The value goes in before the lease goes out, so that a full
 * server refuses both.
 * KEYS v l t...   ARGV token bytes ttlMs nonce...   Returns 1 stored, 0 fenced.
 */
export const FILL = lua`
if text(KEYS[2]) ~= ARGV[1] then return 0 end
for i = 3, #KEYS do
  if text(KEYS[i]) ~= ARGV[i + 1] then
    redis.call('DEL', KEYS[2])
    return 0
  end
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return 1
`;
