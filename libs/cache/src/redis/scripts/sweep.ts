import { lua } from './lua.js';

/** Says that somebody runs who has entries of a version. KEYS b   ARGV ttlMs */
export const ANNOUNCE = lua`
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
return 1
`;

/** Whether somebody runs who has entries of a version. KEYS b */
export const ANNOUNCED = lua`
return redis.call('EXISTS', KEYS[1])
`;

/**
 * Removes what no rule would ever remove: what has no end although all that we write has one, and writers of whom none is at
 * work any more. What it is is asked here again, for it may have been written anew since it was seen.
 * KEYS k   ARGV 'writers' or ''   Returns 1 if it is gone.
 */
export const SWEEP = lua`
local kind = redis.call('TYPE', KEYS[1]).ok
if ARGV[1] == 'writers' and kind == 'zset' then
  local overlap = redis.call('ZSCORE', KEYS[1], 'overlap') and 1 or 0
  if redis.call('ZCOUNT', KEYS[1], '(' .. milliseconds(), '+inf') > overlap then return 0 end
elseif redis.call('PTTL', KEYS[1]) ~= -1 then
  return 0
end
return redis.call('UNLINK', KEYS[1])
`;
