import type { Redis } from 'ioredis';
import type { ServerFigures } from '../contracts/maintenance.js';
import { isForbidden } from './refusals.js';

/** What a server says of itself, as far as a cache is concerned; `undefined` for a user who may not use INFO. */
export async function serverFigures(redis: Redis): Promise<ServerFigures | undefined> {
  // sections are not named: older servers take one only
  const info = await redis.info().catch((error: unknown) => {
    if (isForbidden(error)) return undefined;
    throw error;
  });
  if (info === undefined) return undefined;
  const { host = '', port = 0, db = 0 } = redis.options;
  return { server: `${host}:${port}`, ...readFigures(info, db) };
}

/** Reads INFO; what is not in it is 0 or unknown. */
export function readFigures(info: string, db: number): Omit<ServerFigures, 'server'> {
  const field = (name: string) => new RegExp(`^${name}:([^\\r\\n]*)`, 'm').exec(info)?.[1] ?? '';
  const keys = /^keys=(\d+)/.exec(field(`db${db}`))?.[1];
  return {
    usedMemoryBytes: Number(field('used_memory')),
    maxMemoryBytes: Number(field('maxmemory')),
    maxMemoryPolicy: field('maxmemory_policy') || 'unknown',
    evictedKeys: Number(field('evicted_keys')),
    expiredKeys: Number(field('expired_keys')),
    keys: Number(keys ?? 0),
  };
}
