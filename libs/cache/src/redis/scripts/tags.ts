import { lua } from './lua.js';

/*
 * A tag's nonce is 'epoch.n:random'. The tag clock is a hash: e a random epoch, n a counter, i the value of n at the last
 * invalidation. Creating a nonce advances n too, so that a nonce made anew is never older than one that was lost.
 * A clock that lacks a part, or whose parts no nonce could carry, is another clock from then on; a nonce that no entry
 * could carry counts as absent.
 */
const CLOCK = `
local function digits(text)
  return text and #text <= 15 and string.find(text, '^%d+$')
end
local function clock(key, random)
  if redis.call('TYPE', key).ok == 'hash' then
    local now = redis.call('HMGET', key, 'e', 'n', 'i')
    local named = now[1] and #now[1] <= 40 and string.find(now[1], '^[%w_-]+$')
    if named and digits(now[2]) and digits(now[3]) then return now end
  end
  redis.call('DEL', key)
  redis.call('HSET', key, 'e', random, 'n', '0', 'i', '0')
  return {random, '0', '0'}
end
local function tick(key, random)
  return clock(key, random)[1] .. '.' .. redis.call('HINCRBY', key, 'n', 1)
end
local function known(key, ttl)
  local nonce = text(key)
  if not nonce or #nonce > 100 or not string.find(nonce, '^[%w%p]+$') then return nil end
  if redis.call('PTTL', key) < ttl / 2 then redis.call('PEXPIRE', key, ttl) end
  return nonce
end
`;

/** A script that works with tags: the shared functions of scripts, then those of nonces and clocks. */
function tagLua(source: TemplateStringsArray): string {
  return lua`` + CLOCK + source.join('');
}

/**
 * Reads the nonces of tags, creates missing ones, prolongs all. KEYS clock t...   ARGV random ttlMs
 * Returns the nonces, then the clock as it stands after that: its epoch, and its value at the last invalidation.
 */
export const NONCES = tagLua`
local nonces = {}
local moment
for i = 2, #KEYS do
  local nonce = known(KEYS[i], ARGV[2])
  if not nonce then
    moment = moment or tick(KEYS[1], ARGV[1])
    nonce = moment .. ':' .. ARGV[1]
    redis.call('SET', KEYS[i], nonce, 'PX', ARGV[2])
  end
  nonces[i - 1] = nonce
end
local now = clock(KEYS[1], ARGV[1])
nonces[#KEYS] = now[1]
nonces[#KEYS + 1] = now[3]
return nonces
`;

/**
 * The same without a clock, for the tags that are keys: in a Cluster they live with their key, where no clock can be.
 * Nothing compares the times of such nonces, so they carry none. KEYS t...   ARGV random ttlMs   Returns the nonces.
 */
export const KEY_NONCES = tagLua`
local nonces = {}
for i = 1, #KEYS do
  nonces[i] = known(KEYS[i], ARGV[2])
  if not nonces[i] then
    nonces[i] = '0.0:' .. ARGV[1]
    redis.call('SET', KEYS[i], nonces[i], 'PX', ARGV[2])
  end
end
return nonces
`;

/** Notes the tag clock before a load. KEYS clock   ARGV random   Returns {epoch, n}. */
export const TAG_CLOCK = tagLua`
local now = clock(KEYS[1], ARGV[1])
return {now[1], now[2]}
`;

/**
 * Gives tags new nonces, which condemns every entry that carries an old one. The first write is a DEL, as in writes.ts.
 * KEYS clock t..., without a channel followed by one marker per tag   ARGV channel message random ttlMs
 */
export const INVALIDATE_TAGS = tagLua`
local last = ARGV[1] ~= '' and #KEYS or (#KEYS + 1) / 2
redis.call('DEL', unpack(KEYS, 2, last))
local moment = tick(KEYS[1], ARGV[3])
redis.call('HSET', KEYS[1], 'i', string.match(moment, '%d+$'))
for i = 2, last do redis.call('SET', KEYS[i], moment .. ':' .. ARGV[3], 'PX', ARGV[4]) end
if ARGV[1] ~= '' then announce() end
for i = last + 1, #KEYS do mark(KEYS[i]) end
return 1
`;

/**
 * The part of INVALIDATE_TAGS that concerns the clock, for a slot that moves (steps.ts). KEYS clock   ARGV random
 * The first write is one that a full server lets pass.
 */
export const ADVANCE_CLOCK = tagLua`
redis.pcall('HDEL', KEYS[1], 'none')
local moment = tick(KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], 'i', string.match(moment, '%d+$'))
return 1
`;
