import { startCompanion } from '../companion/start.js';

/** The Redis of a demo. */
export interface DemoRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/** Whether this machine has a `redis-server`, and if not, why none can be used. */
export type RedisServer =
  { readonly found: true; readonly path: string } | { readonly found: false; readonly reason: string };

/**
 * The Redis at hand: the one REDIS_URL names, else a child on a free port that keeps nothing on disk.
 * @returns undefined when there is neither.
 */
export async function findRedis(server: RedisServer, signal: AbortSignal): Promise<DemoRedis | undefined> {
  const { REDIS_URL } = process.env;
  if (REDIS_URL) return { url: REDIS_URL, stop: () => Promise.resolve() };
  if (!server.found) return undefined;
  const companion = await startCompanion<{ url: string }>({
    what: 'The redis-server',
    entry: 'demo/redis.child.js',
    input: { binary: server.path },
    timeoutMs: 15_000,
    signal,
  });
  return { url: companion.ready.url, stop: () => companion.stop() };
}
