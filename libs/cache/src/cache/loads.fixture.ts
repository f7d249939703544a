import { EventLog } from '../../../../test/support/fleet.js';
import { FakeClient, FakeServer } from '../../../../test/support/fleet-server.js';
import type { CacheModuleOptions } from '../cache.options.js';
import { resolveOptions } from '../cache.options.js';
import { silentReporter } from '../contracts/events.js';
import type { LoadContext } from '../contracts/load-context.js';
import type { RegionOptions } from '../contracts/region.js';
import { Region } from '../contracts/region.js';
import { FakeClock } from '../testing/fake-clock.js';
import { CacheService } from './cache-service.js';
import { Engine } from './engine.js';

/** How long a value of the region is fresh, in milliseconds. */
export const TTL = 60_000;

/** A load that the test ends when it likes. */
export interface PendingLoad {
  readonly context: LoadContext<string>;
  end(value: string): void;
  fail(error: unknown): void;
}

/** What the world is like. */
export interface LoadWorld {
  /** Memory only, or memory and a server that processes share. */
  readonly where: 'memory' | 'Redis';
  readonly region?: RegionOptions<[id: string], string>;
  readonly module?: CacheModuleOptions;
}

/** One region in one process or several, on a clock that the test moves; loads end when the test says so, or at once. */
export async function loadWorld({ where, region: options = {}, module = {} }: LoadWorld) {
  const clock = new FakeClock();
  const server = new FakeServer(() => clock.wall());
  const region = new Region<[id: string], string>('seeds', { ttl: TTL, ...options });
  const pending: PendingLoad[] = [];
  const source = { value: 'one', error: undefined as unknown, loads: 0 };
  const slowly = (context: LoadContext<string>) =>
    new Promise<string>((end, fail) => void pending.push({ context, end, fail }));
  const atOnce = (): Promise<string> => {
    source.loads++;
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- loaders reject with anything
    return source.error === undefined ? Promise.resolve(source.value) : Promise.reject(source.error);
  };
  const start = async () => {
    const log = new EventLog();
    const client = new FakeClient(server);
    const shared = where === 'Redis' ? { shared: { store: client, channel: client } } : {};
    const ports = { clock, recorder: log, reporter: silentReporter, ...shared };
    const engine = new Engine(ports, resolveOptions(module).engine);
    engine.open();
    await clock.advance(0);
    const cache = new CacheService(engine);
    const ask = async (id = 'a') => answerOf(cache.getOrSet(region, [id], slowly), clock);
    const get = (id = 'a') => cache.getOrSet(region, [id], atOnce);
    return { log, client, engine, cache, ask, get };
  };
  return { clock, server, region, source, pending, start, ...(await start()) };
}

/** What a call has come to so far: its value or its error, `undefined` while it waits. */
async function answerOf(call: Promise<unknown>, clock: FakeClock): Promise<{ value: unknown }> {
  const answer = { value: undefined as unknown };
  const settle = (value: unknown) => void (answer.value = value);
  void call.then(settle, settle);
  await clock.advance(0);
  return answer;
}

/** The value or the error of a promise. */
export const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: unknown) => error);
