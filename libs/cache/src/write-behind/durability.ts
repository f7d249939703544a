import type { Durability } from '../contracts/write-behind.js';
import type { ServerDurability } from '../contracts/write-log.js';

/** Why a server cannot keep writes as safely as is asked for; `undefined` where it can. */
export function durabilityFault(
  asked: Durability,
  server: ServerDurability,
  acknowledgesEviction: boolean,
): string | undefined {
  if (asked === 'none') return undefined;
  const { evictionPolicy, fsyncsAlways } = server;
  if (evictionPolicy?.startsWith('allkeys-') === true && !acknowledgesEviction)
    return `its maxmemory-policy is ${evictionPolicy}, under which Redis may evict acknowledged writes; use noeviction or volatile-*, or say acknowledgeEviction: true`;
  if (asked === 'fsync' && fsyncsAlways !== true)
    return "its durability is 'fsync', for which Redis needs appendonly yes and appendfsync always";
  return undefined;
}
