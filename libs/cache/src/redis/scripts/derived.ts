import { lua } from './lua.js';

/*
 * Counters and rankings. KEYS of all: d (a hash or a sorted set), dw (who changes the database now, by deadline), dl (who
 * counts anew). ARGV of all: shape ('c' counters, 'r' ranking), mark, ttlMs.
 * In d every name begins with 'n'; beside them stands the mark, the epoch and what the numbers mean: field 'e' of a hash,
 * member 'e' + mark of a sorted set, with the highest score of all. In dw a member is a token of 16 bytes and the subject.
 * Who is gone from dw without a word has changed the database or not: then d goes. So dw must live longer than d, whose
 * life is not prolonged: whatever went wrong with it unnoticed ends with it.
 * In dl stands 'w' and a token (changes wait for the count), 'y' and a token (they do not), or 'o': changes have overtaken a
 * count, and for as long as that is known none may hold them up.
 */
const SHARED = `
local function kept()
  local kind = redis.call('TYPE', KEYS[1]).ok
  if kind == 'none' then return false end
  local ours = false
  if ARGV[1] == 'c' then
    ours = kind == 'hash' and redis.call('HGET', KEYS[1], 'e') == ARGV[2]
  else
    ours = kind == 'zset' and redis.call('ZSCORE', KEYS[1], 'e' .. ARGV[2])
  end
  if not ours then redis.call('DEL', KEYS[1]) end
  return ours
end
local function changers(now)
  if not writers(KEYS[2]) then return 0 end
  if redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now) > 0 then redis.call('DEL', KEYS[1], KEYS[3]) end
  return redis.call('ZCARD', KEYS[2])
end
local function add(old, new)
  if not old then return new end
  local high, low = math.max(old, new), math.min(old, new)
  return high + math.log(1 + 2 ^ (low - high)) / math.log(2)
end
local function holds(kind)
  local holder = text(KEYS[3])
  if not holder then return false end
  return string.sub(holder, 1, 1) == kind
end
local function trim(max)
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -(max + 2))
end
`;

/** A script that works with counters or a ranking: the shared functions of scripts, then theirs. */
function derived(source: TemplateStringsArray): string {
  return lua`` + SHARED + source.join('');
}

/**
 * All numbers, or the highest. A server that takes no writes does not know what was changed, and must not answer: so this
 * begins with a write that changes nothing. ARGV ... limit (0: all)   Returns names and numbers in turn, or nil.
 */
export const DERIVED_READ = derived`
changers(milliseconds())
redis.call('ZREM', KEYS[2], 'none')
if not kept() then return false end
if ARGV[1] == 'c' then return redis.call('HGETALL', KEYS[1]) end
return redis.call('ZREVRANGE', KEYS[1], 0, tonumber(ARGV[4]) > 0 and ARGV[4] or -1, 'WITHSCORES')
`;

/**
 * Asks for the right to count anew. Where changes are under way, and all of them have only just begun, it reserves the
 * right: who comes later waits for a while.
 * ARGV ... token leaseMs patienceMs maxWriteMs overtakenMs
 * Returns {1} it is there; {2} granted; {3, remaining ms} another counts; {4, 1 reserved or 0} changes are under way.
 */
export const DERIVED_RECOUNT = derived`
local now = milliseconds()
local busy = changers(now)
if kept() then return {1} end
local patience, life = tonumber(ARGV[6]), tonumber(ARGV[5])
local holder = text(KEYS[3])
local left = redis.call('PTTL', KEYS[3])
if left == -1 then holder = false end
if holder == 'o' then patience, life = 0, left end
local mine = (patience > 0 and 'w' or 'y') .. ARGV[4]
if holder and holder ~= 'o' and holder ~= mine then return {3, left} end
if busy == 0 then
  redis.call('SET', KEYS[3], mine, 'PX', math.max(life, 1))
  return {2}
end
if patience == 0 then return {4, 0} end
local oldest = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2] - ARGV[7]
if now - oldest > patience then
  if holder == mine then redis.call('SET', KEYS[3], 'o', 'PX', ARGV[8]) end
  return {4, 0}
end
redis.call('SET', KEYS[3], mine, 'PX', ARGV[6])
return {4, 1}
`;

/**
 * Keeps what was counted, if the right is still ours: every change that begins ends it. A full server refuses it, for
 * its first write may grow the data.
 * ARGV ... token leaseMs maxMembers (name number)*   Returns 1 kept, 0 not.
 */
export const DERIVED_FILL = derived`
local holder = text(KEYS[3])
if not holder or string.sub(holder, 2) ~= ARGV[4] then return 0 end
redis.call('SET', KEYS[3], holder, 'PX', ARGV[5])
if changers(milliseconds()) > 0 then
  redis.call('DEL', KEYS[3])
  return 0
end
redis.call('DEL', KEYS[1], KEYS[3])
if ARGV[1] == 'c' then
  redis.call('HSET', KEYS[1], 'e', ARGV[2])
  for i = 7, #ARGV, 2 do redis.call('HSET', KEYS[1], 'n' .. ARGV[i], ARGV[i + 1]) end
else
  redis.call('ZADD', KEYS[1], '+inf', 'e' .. ARGV[2])
  for i = 7, #ARGV, 2 do redis.call('ZADD', KEYS[1], ARGV[i + 1], 'n' .. ARGV[i]) end
  trim(ARGV[6])
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`;

/** Prolongs the right to count of one for whom changes wait. ARGV ... token ms   Returns 1, or 0 when it is no longer ours. */
export const DERIVED_RENEW = derived`
if text(KEYS[3]) ~= 'w' .. ARGV[4] then return 0 end
return redis.call('PEXPIRE', KEYS[3], ARGV[5])
`;

/** Gives the right to count back. ARGV ... token overtakenMs (0: it was not overtaken) */
export const DERIVED_RELEASE = derived`
local holder = text(KEYS[3])
if not holder or string.sub(holder, 2) ~= ARGV[4] then return 0 end
redis.call('DEL', KEYS[3])
if ARGV[5] ~= '0' then redis.call('SET', KEYS[3], 'o', 'PX', ARGV[5]) end
return 1
`;

/**
 * Announces a change. An unfinished one of the same subject is an attempt that is made again: what it changed is not in d,
 * and the second attempt will find it done.
 * ARGV ... token subject maxWriteMs waits ('1') overtakenMs   Returns 1, or 0 while somebody counts for whom it waits.
 */
export const DERIVED_BEGIN = derived`
local left = redis.call('PTTL', KEYS[3])
local held = holds('w')
if held and ARGV[7] == '1' and left > 0 then return 0 end
if held then left = tonumber(ARGV[8]) end
redis.call('DEL', KEYS[3])
if left > 0 then redis.call('SET', KEYS[3], 'o', 'PX', left) end
local now = milliseconds()
if changers(now) > 0 then
  for _, member in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
    if string.sub(member, 17) == ARGV[5] then
      redis.call('DEL', KEYS[1])
      break
    end
  end
end
redis.call('ZADD', KEYS[2], now + ARGV[6], ARGV[4] .. ARGV[5])
local life = math.max(tonumber(ARGV[3]), redis.call('PTTL', KEYS[1])) + ARGV[6] + 1000
if redis.call('PTTL', KEYS[2]) < life then redis.call('PEXPIRE', KEYS[2], math.ceil(life)) end
return 1
`;

/**
 * Ends a change. Who is no longer announced took too long: his change may be in d or not.
 * A count below nothing says that something was not counted; numbers that are none say the same.
 * ARGV ... token subject outcome ('1' or '' = nobody knows) maxMembers (name number)*   Returns 1 added, 0 not.
 */
export const DERIVED_COMMIT = derived`
local mine = writers(KEYS[2]) and redis.call('ZREM', KEYS[2], ARGV[4] .. ARGV[5]) == 1
changers(milliseconds())
if not mine or ARGV[6] ~= '1' then
  redis.call('DEL', KEYS[1], KEYS[3])
  return 0
end
if not kept() then return 0 end
for i = 8, #ARGV, 2 do
  local name = 'n' .. ARGV[i]
  if ARGV[1] == 'c' then
    local sum = redis.pcall('HINCRBY', KEYS[1], name, ARGV[i + 1])
    if type(sum) == 'table' or sum < 0 then
      redis.call('DEL', KEYS[1])
      return 0
    end
    if sum == 0 then redis.call('HDEL', KEYS[1], name) end
  else
    local old = redis.call('ZSCORE', KEYS[1], name)
    redis.call('ZADD', KEYS[1], add(old and tonumber(old), tonumber(ARGV[i + 1])), name)
  end
end
if ARGV[1] == 'r' then trim(ARGV[7])
elseif redis.call('HLEN', KEYS[1]) > ARGV[7] + 1 then
  redis.call('DEL', KEYS[1])
  return 0
end
return 1
`;

/** Removes what is kept and the right to count. */
export const DERIVED_DROP = derived`
return redis.call('DEL', KEYS[1], KEYS[3])
`;

/** Announces a change while the slot moves: one key. KEYS dw   ARGV token subject maxWriteMs lifeMs */
export const DERIVED_ENTER = lua`
writers(KEYS[1])
redis.call('ZREM', KEYS[1], 'none')
redis.call('ZADD', KEYS[1], milliseconds() + ARGV[3], ARGV[1] .. ARGV[2])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return 1
`;

/** Ends a change while the slot moves: one key. KEYS dw   ARGV token subject */
export const DERIVED_LEAVE = lua`
if writers(KEYS[1]) then redis.call('ZREM', KEYS[1], ARGV[1] .. ARGV[2]) end
return 1
`;
