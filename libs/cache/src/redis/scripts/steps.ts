import { lua } from './lua.js';

/*
 * The parts of the scripts in writes.ts, each with one key: while a slot moves, a script of many keys finds some of them on
 * this server and some on the other, and is refused. What they add up to is in single-steps.ts. As there, the first write
 * is one that a full server lets pass.
 */

/** Deletes a key. KEYS k */
export const DROP = lua`
return redis.call('DEL', KEYS[1])
`;

/** Spoils the puts that run. KEYS w */
export const SPOIL = lua`
if writers(KEYS[1]) then
  redis.call('ZREM', KEYS[1], 'none')
  redis.call('ZADD', KEYS[1], '+inf', 'overlap')
end
return 1
`;

/** Announces a write that is about to reach the database. KEYS w   ARGV token maxWriteMs */
export const ENTER = lua`
local now = milliseconds()
if writers(KEYS[1]) then
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  if redis.call('ZCARD', KEYS[1]) == 1 and redis.call('ZSCORE', KEYS[1], 'overlap') then redis.call('DEL', KEYS[1]) end
end
redis.call('ZREM', KEYS[1], 'none')
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
`;

/** Ends a write that stores nothing, and spoils those that still run. KEYS w   ARGV token */
export const LEAVE = lua`
if not writers(KEYS[1]) then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
local left = redis.call('ZCARD', KEYS[1])
local overlap = redis.call('ZSCORE', KEYS[1], 'overlap')
if left == 1 and overlap then
  redis.call('DEL', KEYS[1])
elseif left > 0 and not overlap then
  redis.call('ZADD', KEYS[1], '+inf', 'overlap')
end
return 1
`;

/** Tells everybody, by a marker. KEYS i */
export const MARK = lua`
redis.call('DEL', KEYS[1])
mark(KEYS[1])
return 1
`;
