import { startCompanion } from '../companion/start.js';

/** A PostgreSQL that needs no installation, in a child process, with its tables in memory. */
export interface PGliteServer {
  /** Serves as a DATABASE_URL for this process and for others. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * How many connections one application should open to a PGlite: it runs one query at a time, and a few connections are enough
 * to keep it busy while answers travel.
 */
export const PGLITE_POOL_SIZE = 4;

/** Starts a PGlite on a free port of the loopback address. It ends with this process at the latest; the signal ends the wait for it. */
export async function startPGlite(signal?: AbortSignal): Promise<PGliteServer> {
  const companion = await startCompanion<{ address: string }>({
    what: 'The PGlite database',
    entry: 'database/pglite.child.js',
    signal,
  });
  return {
    url: `postgresql://postgres:postgres@${companion.ready.address}/postgres?sslmode=disable`,
    stop: () => companion.stop(),
  };
}
