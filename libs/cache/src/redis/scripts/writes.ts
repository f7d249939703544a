import { lua } from './lua.js';

/*
 * KEYS of all three: w t, then one pair v l per version of the application that shares the data; ours is the first pair.
 * Where there is no channel but a marker ('announce' in lua.ts), it is the last key; deleting it with the pairs does nothing.
 * t is the nonce of the key's own tag: deleting it condemns every response that was declared with this key.
 * The first write is a DEL, because a full server refuses a script whose first write may grow the data and lets one pass
 * that starts by deleting: an invalidation must never be refused.
 */

/** Removes a key's entry and lease, spoils the puts that run, and tells everybody. ARGV channel message */
export const EVICT = lua`
redis.call('DEL', KEYS[2], unpack(KEYS, 3))
if writers(KEYS[1]) then redis.call('ZADD', KEYS[1], '+inf', 'overlap') end
announce()
return 1
`;

/** Announces a write that is about to reach the database. ARGV channel message token maxWriteMs */
export const BEGIN = lua`
redis.call('DEL', KEYS[2], unpack(KEYS, 3))
local now = milliseconds()
if writers(KEYS[1]) then
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  if redis.call('ZCARD', KEYS[1]) == 1 and redis.call('ZSCORE', KEYS[1], 'overlap') then redis.call('DEL', KEYS[1]) end
end
redis.call('ZADD', KEYS[1], now + ARGV[4], ARGV[3])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
announce()
return 1
`;

/**
 * Ends a write: stores the value when nobody else wrote or evicted meanwhile, else leaves the key empty.
 * ARGV channel message token ttlMs bytes ('' = the write failed or its value cannot be stored: evict)
 * Returns 1 stored, 0 evicted.
 */
export const COMMIT = lua`
redis.call('DEL', KEYS[2], unpack(KEYS, 3))
local stored = 0
if writers(KEYS[1]) then
  local mine = redis.call('ZREM', KEYS[1], ARGV[3])
  local left = redis.call('ZCARD', KEYS[1])
  if left == 0 and mine == 1 and ARGV[5] ~= '' then
    redis.call('SET', KEYS[3], ARGV[5], 'PX', ARGV[4])
    stored = 1
  end
  local overlap = redis.call('ZSCORE', KEYS[1], 'overlap')
  if left == 1 and overlap then
    redis.call('DEL', KEYS[1])
  elseif left > 0 and not overlap then
    redis.call('ZADD', KEYS[1], '+inf', 'overlap')
  end
end
announce()
return stored
`;
