import { lua } from './lua.js';

/*
 * The logs of write-behind. KEYS of most: stream, marks, info, owner, dead letters, all in one slot.
 * stream: a write per entry, its place is its version but for what was replayed. Fields: i id, k key, a arguments, v value,
 * n version, and r where it was replayed.
 * marks: by key, the place of its newest write. info: `last` version and `fence`. owner: who empties it.
 * Nothing here has an expiry: what is acknowledged stays until the database has it. What removes begins with a command that a
 * full server does not refuse.
 * Versions are microseconds and lose digits as Lua would print them.
 */
const LOG = `
local function is(key, kind)
  local found = redis.call('TYPE', key).ok
  if found == kind then return true end
  if found ~= 'none' then redis.call('DEL', key) end
  return false
end
local function int(number) return string.format('%.0f', number) end
local function micros()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
local function info(field)
  return is(KEYS[3], 'hash') and tonumber(redis.call('HGET', KEYS[3], field) or nil) or 0
end
local function top()
  if not is(KEYS[1], 'stream') then return 0 end
  local about = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #about, 2 do
    if about[i] == 'last-generated-id' then return tonumber(string.match(about[i + 1], '^%d+')) end
  end
  return 0
end
local function following(floor)
  local last = info('last')
  if last == 0 then last = top() end
  return math.max(last + 1, micros(), floor + 1)
end
local function given(version) redis.call('HSET', KEYS[3], 'last', int(version)) end
local function entry(stream, place)
  if not is(stream, 'stream') then return nil end
  local found = redis.call('XRANGE', stream, place, place)[1]
  if not found then return nil end
  local fields = {}
  for i = 1, #found[2], 2 do fields[found[2][i]] = found[2][i + 1] end
  return fields
end
local function marked(key)
  return is(KEYS[2], 'hash') and redis.call('HGET', KEYS[2], key) or nil
end
local function unmark(key, place)
  if marked(key) == place then redis.call('HDEL', KEYS[2], key) end
end
local function holds()
  return text(KEYS[4]) == ARGV[1] and is(KEYS[3], 'hash') and redis.call('HGET', KEYS[3], 'fence') == ARGV[2]
end
`;

function log(source: TemplateStringsArray): string {
  return lua`` + LOG + source.join('');
}

/** ARGV id key args value marks maxDepth floor deadline   Returns 1 version, 0 depth (full), 2 (late). */
export const LOG_APPEND = log`
local depth = is(KEYS[1], 'stream') and redis.call('XLEN', KEYS[1]) or 0
if depth >= tonumber(ARGV[6]) then return {0, int(depth)} end
local version = following(tonumber(ARGV[7]))
if version > tonumber(ARGV[8]) then return {2, ''} end
local function add()
  return redis.pcall('XADD', KEYS[1], int(version) .. '-0', 'i', ARGV[1], 'k', ARGV[2], 'a', ARGV[3], 'v', ARGV[4], 'n', int(version))
end
local added = add()
if type(added) == 'table' and version <= top() then
  version = top() + 1
  if version > tonumber(ARGV[8]) then return {2, ''} end
  added = add()
end
if type(added) == 'table' then return added end
if ARGV[5] == '1' then
  is(KEYS[2], 'hash')
  redis.call('HSET', KEYS[2], ARGV[2], added)
end
given(version)
return {1, int(version)}
`;

/** ARGV floor   Returns a version that no write in the log has. */
export const LOG_ISSUE = log`
local version = following(tonumber(ARGV[1]))
given(version)
return int(version)
`;

/**
 * A server that takes no writes does not know what was appended, and must not answer: so this begins with a write that changes
 * nothing.
 * ARGV key   Returns version and value of its newest write, or nothing.
 */
export const LOG_UNSETTLED = log`
local place = marked(ARGV[1])
redis.call('HDEL', KEYS[2], '')
if not place then return false end
local found = entry(KEYS[1], place)
if not found or not found.n or not found.v then
  redis.call('HDEL', KEYS[2], ARGV[1])
  return false
end
return {found.n, found.v}
`;

/** ARGV key version   What is older than the version is no longer to be read. */
export const LOG_OVERTAKE = log`
local place = marked(ARGV[1])
if not place then return 0 end
local found = entry(KEYS[1], place)
if found and found.n and tonumber(found.n) >= tonumber(ARGV[2]) then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
return 1
`;

/** ARGV owner ms   Returns the fence, or nothing while another has it. */
export const LOG_CLAIM = log`
local held = text(KEYS[4])
if held and held ~= ARGV[1] then return false end
local fence = info('fence')
if not held or fence == 0 then fence = math.max(fence + 1, micros()) end
redis.call('DEL', KEYS[4])
redis.call('SET', KEYS[4], ARGV[1], 'PX', ARGV[2])
redis.call('HSET', KEYS[3], 'fence', int(fence))
return int(fence)
`;

/** ARGV owner fence ms */
export const LOG_RENEW = log`
if not holds() then return 0 end
return redis.call('PEXPIRE', KEYS[4], ARGV[3])
`;

/** ARGV owner fence */
export const LOG_RELEASE = log`
if not holds() then return 0 end
return redis.call('DEL', KEYS[4])
`;

/** ARGV owner fence count   Returns the oldest entries, or nothing to who has no right to them. */
export const LOG_TAKE = log`
if not holds() then return false end
if not is(KEYS[1], 'stream') then return {} end
return redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[3])
`;

/** ARGV owner fence, then place and key of each entry */
export const LOG_SETTLE = log`
if not holds() then return 0 end
local there = is(KEYS[1], 'stream')
for i = 3, #ARGV, 2 do
  if there then redis.call('XDEL', KEYS[1], ARGV[i]) end
  unmark(ARGV[i + 1], ARGV[i])
end
return 1
`;

/** ARGV owner fence place key reason */
export const LOG_BURY = log`
if not holds() then return 0 end
if not is(KEYS[1], 'stream') then return 1 end
local found = redis.call('XRANGE', KEYS[1], ARGV[3], ARGV[3])[1]
if not found then return 1 end
redis.call('XDEL', KEYS[1], ARGV[3])
unmark(ARGV[4], ARGV[3])
is(KEYS[5], 'stream')
local fields = found[2]
fields[#fields + 1] = 'w'
fields[#fields + 1] = ARGV[5]
redis.call('XADD', KEYS[5], '*', unpack(fields))
return 1
`;

/** ARGV from count   Returns the oldest dead letters from a place on. */
export const LOG_DEAD = log`
if not is(KEYS[5], 'stream') then return {} end
return redis.call('XRANGE', KEYS[5], ARGV[1], '+', 'COUNT', ARGV[2])
`;

/** ARGV places of dead letters   Returns how many were there. */
export const LOG_REPLAY = log`
local count = 0
for _, place in ipairs(ARGV) do
  local found = entry(KEYS[5], place)
  if found then
    redis.call('XDEL', KEYS[5], place)
    local version = math.max(following(0), top() + 1)
    redis.call('XADD', KEYS[1], int(version) .. '-0', 'i', found.i or '', 'k', found.k or '', 'a', found.a or '', 'v', found.v or '', 'n', found.n or '0', 'r', '1')
    given(version)
    count = count + 1
  end
end
return count
`;

/** ARGV places of dead letters   Returns how many were there. */
export const LOG_DROP = log`
if not is(KEYS[5], 'stream') then return 0 end
return redis.call('XDEL', KEYS[5], unpack(ARGV))
`;

/** Returns depth, the place of the oldest, and how many dead letters there are. */
export const LOG_FIGURES = log`
local there = is(KEYS[1], 'stream')
local first = there and redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local dead = is(KEYS[5], 'stream') and redis.call('XLEN', KEYS[5]) or 0
return {there and redis.call('XLEN', KEYS[1]) or 0, first and first[1] or '', dead}
`;

/** Writes what changes nothing, so that there is something for a replica to confirm. */
export const LOG_TOUCH = log`
is(KEYS[3], 'hash')
redis.call('HSET', KEYS[3], 'touched', '1')
return 1
`;

/** KEYS partitions   ARGV wanted   Returns into how many logs the keys of a region are divided. */
export const LOG_PARTITIONS = log`
local known = tonumber(text(KEYS[1]) or nil)
if known and known >= 1 and known <= 1024 and known == math.floor(known) then return known end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1])
return tonumber(ARGV[1])
`;

/** KEYS workers   ARGV worker ms   Returns all who are there. */
export const LOG_ATTEND = log`
local now = milliseconds()
if is(KEYS[1], 'zset') then redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now) end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('ZRANGE', KEYS[1], 0, -1)
`;

/** KEYS workers   ARGV worker */
export const LOG_LEAVE = log`
if is(KEYS[1], 'zset') then redis.call('ZREM', KEYS[1], ARGV[1]) end
return 1
`;
