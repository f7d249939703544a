/**
 * Marks a template literal as Lua, and puts in front of it the functions the scripts share.
 * `text(key)` reads a string and treats a key of another type as absent, after deleting it: a companion that somebody
 * overwrote would otherwise stop every script that touches it, for ever. `writers(key)` does the same for the sorted set.
 * `announce()` tells everybody: on one server `ARGV[1]` is the channel and `ARGV[2]` the message. In a Cluster both are
 * empty, and the last key is a marker that is set and deleted at once, which sends one tracking message and leaves nothing.
 */
export function lua(source: TemplateStringsArray): string {
  return PRELUDE + source.join('');
}

const PRELUDE = `
local function text(key)
  local reply = redis.pcall('GET', key)
  if type(reply) == 'table' then redis.call('DEL', key) return false end
  return reply
end
local function writers(key)
  local kind = redis.call('TYPE', key).ok
  if kind == 'zset' then return true end
  if kind ~= 'none' then redis.call('DEL', key) end
  return false
end
local function milliseconds()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function mark(key)
  redis.call('SET', key, '')
  redis.call('DEL', key)
end
local function announce()
  if ARGV[1] ~= '' then redis.call('PUBLISH', ARGV[1], ARGV[2]) else mark(KEYS[#KEYS]) end
end
`;
