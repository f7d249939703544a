import { voting } from '@nuthatch/governance';
import { HttpConnection, type Address } from './http-connection.js';

/** What the application's cache did for the requests of the driver. */
export interface CacheFigures {
  readonly memoryHits: number;
  readonly redisHits: number;
  /** Answered by a load that another request had begun. */
  readonly joined: number;
  readonly loads: number;
}

/** What handlers ask for each request, whose answers are not kept as they are: they follow each vote. */
const FOLLOWS_VOTES = [voting.vote, voting.tally, voting.memberTally, voting.communityTally, voting.trending];

/**
 * The part of the answer of `/cache/stats` that is read here: the figures of the routes together, and by region. A load of
 * a route may pass through a method that is cached as well and counts for itself; what the driver asked for is the routes.
 */
interface StatsAnswer {
  readonly instance: {
    readonly routes: CacheFigures;
    readonly regions: Readonly<Record<string, CacheFigures>>;
  };
}

/** @throws Error when the application does not answer with figures. */
export async function readCacheFigures(address: Address): Promise<CacheFigures> {
  const connection = await HttpConnection.open(address);
  try {
    const reply = await connection.exchange({ method: 'GET', path: '/cache/stats' });
    const text = reply.body.toString();
    if (reply.status !== 200) throw new Error(`/cache/stats answered ${reply.status}: ${text.slice(0, 200)}`);
    const { routes, regions } = (JSON.parse(text) as StatsAnswer).instance;
    return [routes, ...FOLLOWS_VOTES.flatMap(({ name }) => regions[name] ?? [])].reduce(sum);
  } finally {
    connection.close();
  }
}

function sum(one: CacheFigures, other: CacheFigures): CacheFigures {
  return {
    memoryHits: one.memoryHits + other.memoryHits,
    redisHits: one.redisHits + other.redisHits,
    joined: one.joined + other.joined,
    loads: one.loads + other.loads,
  };
}
