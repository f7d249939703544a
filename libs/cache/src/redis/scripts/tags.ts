import { lua } from './lua.js';

/*
 * A tag's nonce is 'clock:random'. The tag clock is a hash: e a random epoch, n a counter; creating a nonce advances it,
 * so that a nonce made anew is never older than one that was lost. What no entry could carry counts as absent.
 */
const TICK = `
local function tick(key, random)
  if redis.call('TYPE', key).ok ~= 'hash' or string.find(redis.call('HGET', key, 'n') or '0', '%D') then
    redis.call('DEL', key)
  end
  redis.call('HSETNX', key, 'e', random)
  return redis.call('HGET', key, 'e') .. '.' .. redis.call('HINCRBY', key, 'n', 1)
end
`;

/** Reads the nonces of tags, creates missing ones, prolongs all. KEYS clock t...   ARGV random ttlMs   Returns the nonces. */
export const NONCES =
  TICK +
  lua`
local nonces = {}
local clock
for i = 2, #KEYS do
  local nonce = text(KEYS[i])
  if not nonce or #nonce > 100 or not string.find(nonce, '^[%w%p]+$') then
    clock = clock or tick(KEYS[1], ARGV[1])
    nonce = clock .. ':' .. ARGV[1]
    redis.call('SET', KEYS[i], nonce, 'PX', ARGV[2])
  elseif redis.call('PTTL', KEYS[i]) < ARGV[2] / 2 then
    redis.call('PEXPIRE', KEYS[i], ARGV[2])
  end
  nonces[i - 1] = nonce
end
return nonces
`;

/** Gives tags new nonces, which condemns every entry that carries an old one. KEYS clock t...   ARGV channel message random ttlMs */
export const INVALIDATE_TAGS =
  TICK +
  lua`
redis.call('DEL', unpack(KEYS, 2))
local nonce = tick(KEYS[1], ARGV[3]) .. ':' .. ARGV[3]
for i = 2, #KEYS do redis.call('SET', KEYS[i], nonce, 'PX', ARGV[4]) end
redis.call('PUBLISH', ARGV[1], ARGV[2])
return 1
`;
