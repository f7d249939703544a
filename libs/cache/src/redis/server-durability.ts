import type { ServerDurability } from '../contracts/write-log.js';

/** Asks a server something; resolves to its reply, an error that it answered included. */
type Ask = (question: readonly string[]) => Promise<unknown>;

/** What a server does with what it is given: by its settings, or, where those may not be read, by what it says of itself. */
export async function serverDurability(ask: Ask): Promise<ServerDurability> {
  const [policy, aof, fsync] = await Promise.all([
    setting(ask, 'maxmemory-policy'),
    setting(ask, 'appendonly'),
    setting(ask, 'appendfsync'),
  ]);
  return {
    evictionPolicy: policy ?? (await fromInfo(ask, 'memory', 'maxmemory_policy')),
    fsyncsAlways: await fsyncsAlways(ask, aof, fsync),
  };
}

async function fsyncsAlways(ask: Ask, aof?: string, fsync?: string): Promise<boolean | undefined> {
  const writes = aof ?? ((await fromInfo(ask, 'persistence', 'aof_enabled')) === '0' ? 'no' : undefined);
  if (writes === 'no') return false;
  return fsync === undefined || writes === undefined ? undefined : fsync === 'always';
}

async function setting(ask: Ask, name: string): Promise<string | undefined> {
  const reply = await ask(['CONFIG', 'GET', name]);
  return Array.isArray(reply) && typeof reply[1] === 'string' ? reply[1] : undefined;
}

async function fromInfo(ask: Ask, section: string, name: string): Promise<string | undefined> {
  const reply = await ask(['INFO', section]);
  if (typeof reply !== 'string') return undefined;
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(reply)?.[1];
}
