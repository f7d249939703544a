import { setTimeout as sleep } from 'node:timers/promises';
import { HttpConnection, type Address } from './http-connection.js';
import { showProgress } from './progress.js';

const POLL_MS = 50;

/** The part of an answer of `/warmings` that is read here. */
interface Warming {
  readonly total: number | null;
  readonly done: number;
  readonly loaded: number;
  readonly failed: number;
  readonly ended: boolean;
}

/**
 * Has an application load what it knows to be worth having, and shows how far it is.
 * @throws Error when the application does not answer as it should.
 */
export async function warmUp(address: Address, signal: AbortSignal): Promise<void> {
  const connection = await HttpConnection.open(address);
  try {
    let warmings = await ask(connection, 'POST');
    const finish = showProgress('Warming the cache', () => step(warmings));
    try {
      while (!signal.aborted && warmings.some(({ ended }) => !ended)) {
        await sleep(POLL_MS);
        warmings = await ask(connection, 'GET');
      }
    } finally {
      finish();
    }
  } finally {
    connection.close();
  }
}

async function ask(connection: HttpConnection, method: 'GET' | 'POST'): Promise<Warming[]> {
  const body = method === 'POST' ? { body: '{}' } : {};
  const reply = await connection.exchange({ method, path: '/warmings', ...body });
  if (reply.status >= 300) throw new Error(`/warmings answered ${reply.status}`);
  return JSON.parse(reply.body.toString()) as Warming[];
}

function step(warmings: readonly Warming[]) {
  const sum = (of: (one: Warming) => number) => warmings.reduce((all, one) => all + of(one), 0);
  const [total, done] = [sum((one) => one.total ?? 0), sum((one) => one.done)];
  const share = warmings.some((one) => one.total === null) ? 0 : total === 0 ? 1 : done / total;
  return { share, text: `${sum((one) => one.loaded)} values loaded, ${sum((one) => one.failed)} failed` };
}
