import { lua } from './lua.js';

/**
 * Greets a server after connecting: a run id other than the one that wrote the epoch means a restart, perhaps from a
 * snapshot that still holds evicted values, so it gets a new epoch. An empty run id (no right to INFO) always does.
 * KEYS e   ARGV runId newEpoch   Returns {epoch, seconds, microseconds}.
 */
export const HELLO = lua`
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
local known = redis.call('HMGET', KEYS[1], 'epoch', 'run')
local epoch = known[1]
if not epoch or ARGV[1] == '' or known[2] ~= ARGV[1] then
  redis.call('HDEL', KEYS[1], 'none')
  epoch = ARGV[2]
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'run', ARGV[1])
end
local time = redis.call('TIME')
return {epoch, time[1], time[2]}
`;

/**
 * Sends a beat to one process. It writes, so that an isolated master which may not write cannot answer, and the first
 * write deletes, so that a full server can. A missing epoch means the data was flushed: the beat gives it a new one.
 * KEYS e   ARGV channel message newEpoch   Returns {epoch, seconds, microseconds}.
 */
export const BEAT = lua`
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
redis.call('HDEL', KEYS[1], 'none')
redis.call('HSETNX', KEYS[1], 'epoch', ARGV[3])
redis.call('HINCRBY', KEYS[1], 'beats', 1)
redis.call('PUBLISH', ARGV[1], ARGV[2])
local time = redis.call('TIME')
return {redis.call('HGET', KEYS[1], 'epoch'), time[1], time[2]}
`;
