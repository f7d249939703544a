import { HttpConnection, type Address } from './http-connection.js';

/** What the application's cache did for the requests of the driver. */
export interface CacheFigures {
  readonly memoryHits: number;
  readonly redisHits: number;
  /** Answered by a load that another request had begun. */
  readonly joined: number;
  readonly loads: number;
}

/**
 * The part of the answer of `/cache/stats` that is read here: the figures of the routes together. A load of a route may
 * pass through a method that is cached as well and counts for itself; what the driver asked for is the routes.
 */
interface StatsAnswer {
  readonly instance: { readonly routes: CacheFigures };
}

/** @throws Error when the application does not answer with figures. */
export async function readCacheFigures(address: Address): Promise<CacheFigures> {
  const connection = await HttpConnection.open(address);
  try {
    const reply = await connection.exchange({ method: 'GET', path: '/cache/stats' });
    const text = reply.body.toString();
    if (reply.status !== 200) throw new Error(`/cache/stats answered ${reply.status}: ${text.slice(0, 200)}`);
    const { memoryHits, redisHits, joined, loads } = (JSON.parse(text) as StatsAnswer).instance.routes;
    return { memoryHits, redisHits, joined, loads };
  } finally {
    connection.close();
  }
}
