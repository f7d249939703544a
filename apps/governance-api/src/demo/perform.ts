import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GovernanceDatabase } from '../database/governance-database.js';
import { insertObjects } from '../objects/insert-objects.js';
import { loadRollCalls } from '../rollcalls/rollcalls.js';
import type { DemoArguments } from './arguments.js';
import { readCacheFigures } from './cache-figures.js';
import { drive } from './drive.js';
import type { Address } from './http-connection.js';
import { showProgress } from './progress.js';
import { jsonLine, table, type Phase } from './report.js';
import type { DemoApp, DemoDatabase, Stage } from './stage.js';
import { Tally } from './tally.js';
import { objectOf, readTrace } from './trace.js';
import { Replay, Traffic, type Source } from './traffic.js';
import { warmUp } from './warm-up.js';

/** How long generated traffic lasts unless told otherwise. */
const TRAFFIC_MS = 15_000;
const UNCACHED_MS = { min: 2_000, max: 4_000 };
const CONNECTIONS = { traffic: 16, replay: 32 };
/** Longer than anybody looks at a demo: what keeps the event loop alive meanwhile. */
const FOREVER_MS = 2 ** 31 - 1;

/** What the phases send. */
interface Requests {
  /** Makes the source of a phase anew; the number tells phases apart. */
  source(phase: number): Source;
  /** Readies the database for them, beyond what the application itself does. */
  prepare(database: DemoDatabase): Promise<void>;
}

/**
 * The demo: the same traffic first without, then with the cache, against two instances of the application on one database.
 * The first one is gone before the second is measured.
 * @returns how many requests failed.
 */
export async function perform(args: DemoArguments, stage: Stage, signal: AbortSignal): Promise<number> {
  const requests = await readRequests(args);
  const servers = await startServers(args, stage);
  signal.throwIfAborted();
  say('Starting the application twice, with and without the cache, and loading the roll calls');
  const [bare, app] = await startApps(args, stage, servers);
  await requests.prepare(servers.database);
  signal.throwIfAborted();

  const uncachedMs = Math.min(UNCACHED_MS.max, Math.max(UNCACHED_MS.min, (args.forMs ?? TRAFFIC_MS) / 5));
  const uncached = await measure('Without the cache', {
    app: bare,
    source: requests.source(1),
    forMs: uncachedMs,
    signal,
  });
  await bare.stop();
  signal.throwIfAborted();
  await warmUp(addressOf(app), signal);
  signal.throwIfAborted();
  const forMs = args.forMs ?? (args.trace === undefined ? TRAFFIC_MS : undefined);
  const cached = await measure('With the cache', { app, source: requests.source(2), forMs, signal });

  const figures = await readCacheFigures(addressOf(app));
  const measured = { cached, uncached, figures, redis: servers.redisUrl !== undefined };
  print(`\n${table(measured)}\n`);
  const stays = args.forMs === undefined && args.trace === undefined && !signal.aborted;
  if (stays) announce(app);
  if (args.json) print(jsonLine(measured));
  if (stays) await stayUp(app, signal);
  return uncached.tally.failed + cached.tally.failed;
}

async function readRequests(args: DemoArguments): Promise<Requests> {
  if (args.trace === undefined) {
    const rollCalls = loadRollCalls();
    return { source: (phase) => new Traffic(rollCalls, phase), prepare: () => Promise.resolve() };
  }
  const accesses = await readTrace(args.trace, args.limit);
  const objects = [...new Set(accesses)].map(objectOf);
  say(`Read ${number(accesses.length)} accesses to ${number(objects.length)} objects from ${args.trace}`);
  return { source: () => new Replay(accesses), prepare: (database) => storeObjects(database, objects) };
}

/** Inserts the objects of a trace beforehand, so that the replay only reads. */
async function storeObjects(options: DemoDatabase, objects: ReturnType<typeof objectOf>[]): Promise<void> {
  say('Storing the objects of the trace');
  const database = await GovernanceDatabase.open({ url: options.databaseUrl, poolSize: 1 });
  await insertObjects(database.db, objects).finally(() => database.close());
}

interface Servers {
  readonly database: DemoDatabase;
  readonly redisUrl: string | undefined;
}

async function startServers(args: DemoArguments, stage: Stage): Promise<Servers> {
  say(
    process.env.DATABASE_URL
      ? 'Using the database of DATABASE_URL'
      : 'Starting PostgreSQL (PGlite) in a child process',
  );
  const [database, redis] = await Promise.all([stage.database(), args.redis ? stage.redis() : undefined]);
  say(describeRedis(args, stage, redis?.url));
  return { database, redisUrl: redis?.url };
}

function describeRedis(args: DemoArguments, { redisServer }: Stage, url: string | undefined): string {
  if (!args.redis) return 'No Redis, as asked for: the cache is memory only';
  if (url !== undefined)
    return process.env.REDIS_URL ? 'Using the Redis of REDIS_URL' : `Started redis-server at ${url}`;
  return `No Redis: the cache is memory only. ${redisServer.found ? '' : redisServer.reason}`;
}

function startApps(
  args: DemoArguments,
  stage: Stage,
  { database, redisUrl }: Servers,
): Promise<[DemoApp, DemoApp]> {
  // A prefix that is new each time: the cache begins empty, whatever an earlier demo has left in the same Redis.
  const prefix = `demo-${randomBytes(4).toString('hex')}`;
  const cache = redisUrl === undefined ? { prefix } : { prefix, redis: { url: redisUrl } };
  return Promise.all([
    stage.app({ ...database, cache: false }),
    stage.app({ ...database, cache, port: args.port }),
  ]);
}

interface PhasePlan {
  readonly app: DemoApp;
  readonly source: Source;
  readonly forMs: number | undefined;
  readonly signal: AbortSignal;
}

async function measure(title: string, { app, source, forMs, signal }: PhasePlan): Promise<Phase> {
  const tally = new Tally();
  const start = performance.now();
  const elapsed = (): number => performance.now() - start;
  const finish = showProgress(title, () => ({
    share: Math.max(source.used, forMs === undefined ? 0 : elapsed() / forMs),
    text: describe(tally, elapsed()),
  }));
  const until = forMs === undefined ? undefined : start + forMs;
  const connections = source instanceof Replay ? CONNECTIONS.replay : CONNECTIONS.traffic;
  await drive({ address: addressOf(app), source, tally, connections, until, signal });
  finish();
  if (tally.firstFailure) say(`The first failure: ${tally.firstFailure}`);
  return { tally, elapsedMs: elapsed() };
}

function describe(tally: Tally, elapsedMs: number): string {
  const rate = Math.round((tally.requests / elapsedMs) * 1_000);
  return `${number(tally.requests)} requests, ${number(rate)}/s, ${number(tally.failed)} failed`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function announce({ port }: DemoApp): void {
  const url = `http://localhost:${port}`;
  print(`The application stays up at ${url} until Ctrl-C:`);
  print(`  ${url}/health\n  ${url}/cache/stats\n  ${url}/openapi\n  ${url}/questions/1/results`);
}

async function stayUp(app: DemoApp, signal: AbortSignal): Promise<void> {
  const ended = await Promise.race([
    app.exited.then(() => true),
    sleep(FOREVER_MS, false, { signal }).catch(() => false),
  ]);
  if (ended) throw new Error('The application ended unexpectedly.');
}

function addressOf({ port }: DemoApp): Address {
  return { host: '127.0.0.1', port };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
