import { lua } from './lua.js';

/*
 * The epoch of a server is a hash: epoch, run (the run id of the process that serves the data), at (where that was reached,
 * '' for a server known by its own address), seen (the server's time at the last beat or greeting), since (the value of seen
 * when a replica was promoted: what the old master acknowledged after it may be lost).
 */

/**
 * Greets a server after connecting. Another run id means a restart, perhaps from a snapshot that still holds evicted values,
 * so the server gets a new epoch. Except after a promotion: the master is reached elsewhere than the last one, and has run
 * since before its data was last seen alive. A process that is younger than that has read its data from a disk; its age
 * comes in whole seconds and is taken for less than it can be.
 * KEYS e   ARGV runId ('' = no right to ask) newEpoch at uptimeSeconds mode
 * mode: 'renew' in any case, 'restart' another run id is no promotion, 'trust' another run id keeps the epoch, or ''
 * Returns {epoch, seconds, microseconds, since, 1 if this greeting has let another run id keep the epoch}.
 */
export const HELLO = lua`
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
local known = redis.call('HMGET', KEYS[1], 'epoch', 'run', 'at', 'seen', 'since')
local epoch, run, at, since = known[1], known[2] or '', known[3] or '', known[5] or ''
local seen = tonumber(known[4] or '') or 0
local time = redis.call('TIME')
local function promotion()
  if ARGV[5] == 'restart' or ARGV[1] == '' or run == '' then return false end
  if ARGV[3] == '' or at == '' or ARGV[3] == at then return false end
  return (time[1] - (tonumber(ARGV[4]) or 0) + 1) * 1000 <= seen
end
local same = ARGV[1] ~= '' and ARGV[1] == run
local keep = epoch and ARGV[5] ~= 'renew' and (same or ARGV[5] == 'trust' or promotion())
if not keep then
  epoch = ARGV[2]
  since = ''
elseif not same then
  since = seen
end
redis.call('HDEL', KEYS[1], 'none')
redis.call('HSET', KEYS[1], 'epoch', epoch, 'run', ARGV[1], 'at', ARGV[3], 'seen', milliseconds(), 'since', since)
return {epoch, time[1], time[2], since, keep and not same and 1 or 0}
`;

/**
 * Sends a beat to one process. It writes, so that an isolated master which may not write cannot answer, and the first
 * write deletes, so that a full server can. A missing epoch means the data was flushed: the beat gives it a new one.
 * KEYS e, without a channel followed by the marker   ARGV channel message newEpoch runId at
 * Returns {epoch, seconds, microseconds}.
 */
export const BEAT = lua`
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
redis.call('HDEL', KEYS[1], 'none')
if redis.call('HSETNX', KEYS[1], 'epoch', ARGV[3]) == 1 then
  redis.call('HSET', KEYS[1], 'run', ARGV[4] or '', 'at', ARGV[5] or '', 'since', '')
end
redis.call('HSET', KEYS[1], 'seen', milliseconds())
announce()
local time = redis.call('TIME')
return {redis.call('HGET', KEYS[1], 'epoch'), time[1], time[2]}
`;
