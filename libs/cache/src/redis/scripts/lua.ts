/**
 * Marks a template literal as Lua, and puts in front of it the two functions the scripts share.
 * `text(key)` reads a string and treats a key of another type as absent, after deleting it: a companion that somebody
 * overwrote would otherwise stop every script that touches it, for ever. `writers(key)` does the same for the sorted set.
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
`;
