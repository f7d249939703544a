import { AT_EXPIRY, FORMAT } from '../../codec/envelope.js';
import { EXPIRY_BYTES } from '../../codec/envelope-expiry.js';
import { lua } from './lua.js';

/*
 * Both scripts change an entry where it is, and neither send nor copy its payload. `head(key)` is its beginning up to the
 * end of its expiry, '' if there is none: what `text(key)` does for the whole.
 */
const HEAD = `
local AT_EXPIRY = ${AT_EXPIRY}
local HEAD_BYTES = ${AT_EXPIRY + EXPIRY_BYTES}
local FORMAT = ${FORMAT}
local function head(key)
  local reply = redis.pcall('GETRANGE', key, 0, HEAD_BYTES - 1)
  if type(reply) == 'table' then redis.call('DEL', key) return '' end
  return reply
end
`;

/** `check(times)` as envelope-expiry.ts makes it; Lua has only doubles, so a product of 32 bits takes two. */
const CHECK = `
local function product(a, b)
  local low = a % 65536
  return (low * b + (a - low) / 65536 * b % 65536 * 65536) % 4294967296
end
local function check(times)
  local sum = 0
  for at = 1, 13, 4 do
    local word = product(struct.unpack('<I4', times, at), 0xcc9e2d51)
    sum = bit.bxor(sum, product(bit.rol(word, 15), 0x1b873593))
    sum = (bit.rol(sum, 13) * 5 + 0xe6546b64) % 4294967296
  end
  sum = bit.bxor(sum, 16)
  sum = product(bit.bxor(sum, bit.rshift(sum, 16)), 0x85ebca6b)
  sum = product(bit.bxor(sum, bit.rshift(sum, 13)), 0xc2b2ae35)
  return struct.pack('>I4', bit.bxor(sum, bit.rshift(sum, 16)) % 4294967296)
end
local function times(entry)
  if #entry < HEAD_BYTES or string.byte(entry, 17) ~= FORMAT then return nil end
  local both = string.sub(entry, AT_EXPIRY + 1, AT_EXPIRY + 16)
  return check(both) == string.sub(entry, AT_EXPIRY + 17) and both or nil
end
`;

/** A script that works on the beginning of entries. */
function entryLua(source: TemplateStringsArray): string {
  return lua`` + HEAD + source.join('');
}

/**
 * Prolongs an entry, if it still is the one that was read: one that came after it, or that was made stale, has another
 * id, and its life is none of the reader's business. The life of the key goes first, because a full server refuses a
 * script whose first write may grow the data, and what is in use is the last thing that should go.
 * KEYS v   ARGV id expiry (of `expiryBytes`) ttlMs   Returns 1, or 0 when it is another entry or none.
 */
export const TOUCH = entryLua`
local entry = head(KEYS[1])
if #entry < HEAD_BYTES or string.sub(entry, 1, 16) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('SETRANGE', KEYS[1], AT_EXPIRY, ARGV[2])
return 1
`;

/**
 * Makes a key's entries stale where they are, and tells everybody. The leases go, because what is being loaded may be as old
 * as what is now stale, and they go first, as in writes.ts; puts that run are spoilt for the same reason. Each entry gets a
 * new id: a touch on its way for what was read before must not make it fresh again, not even one that was stale already.
 * They are stale since 1970, for what readers take for the server's time may lag behind it. What cannot be made stale,
 * having another format or altered times, is deleted.
 * KEYS w, pairs v l, one per version, without a channel followed by the marker   ARGV channel message id
 */
export const EXPIRE =
  entryLua`` +
  CHECK +
  `
for i = 3, #KEYS, 2 do redis.call('DEL', KEYS[i]) end
if writers(KEYS[1]) then redis.call('ZADD', KEYS[1], '+inf', 'overlap') end
for i = 2, #KEYS - 1, 2 do
  local entry = head(KEYS[i])
  local both = times(entry)
  if both then
    both = struct.pack('>d', 0) .. string.sub(both, 9)
    redis.call('SETRANGE', KEYS[i], 0, ARGV[3] .. string.sub(entry, 17, AT_EXPIRY) .. both .. check(both))
  elseif entry ~= '' then
    redis.call('DEL', KEYS[i])
  end
end
announce()
return 1
`;
