import { setTimeout as sleep } from 'node:timers/promises';
import { HttpConnection, type Access, type Address } from './http-connection.js';
import type { Tally } from './tally.js';
import type { Source } from './traffic.js';

/** What is sent, where to, and when it is enough. */
export interface Drive {
  readonly address: Address;
  readonly source: Source;
  readonly tally: Tally;
  /** How many requests are in the air at once, each on a connection of its own. */
  readonly connections: number;
  /** A reading of `performance.now()`; without it, the source decides. */
  readonly until?: number;
  readonly signal: AbortSignal;
}

/** How long a connection that could not be opened waits before it tries again. */
const RETRY_AFTER_MS = 100;

/**
 * Sends the requests of a source until it ends, the time is over, or the signal says so.
 * A closed loop: every connection sends its next request when the answer to the last one is there.
 */
export async function drive(plan: Drive): Promise<void> {
  await Promise.all(Array.from({ length: plan.connections }, () => runConnection(plan)));
}

async function runConnection(plan: Drive): Promise<void> {
  const { source, until = Number.POSITIVE_INFINITY, signal } = plan;
  let connection: HttpConnection | undefined;
  while (!signal.aborted && performance.now() < until) {
    const access = source.next();
    if (!access) break;
    connection = await sendOne(plan, access, connection);
  }
  connection?.close();
}

/** @returns the connection if it can be used again. */
async function sendOne(
  plan: Drive,
  access: Access,
  open?: HttpConnection,
): Promise<HttpConnection | undefined> {
  const { tally } = plan;
  const write = access.method !== 'GET';
  let connection = open;
  const start = performance.now();
  try {
    connection ??= await HttpConnection.open(plan.address);
    const reply = await connection.exchange(access);
    if (reply.status < 300) tally.answered(write, performance.now() - start);
    else
      tally.failure(
        write,
        `${access.method} ${access.path}: ${reply.status} ${reply.body.toString().slice(0, 200)}`,
      );
    return reply.keepAlive ? connection : undefined;
  } catch (error) {
    tally.failure(
      write,
      `${access.method} ${access.path}: ${error instanceof Error ? error.message : String(error)}`,
    );
    connection?.close();
    await sleep(RETRY_AFTER_MS);
    return undefined;
  }
}
