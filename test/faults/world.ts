import { setTimeout as sleep } from 'node:timers/promises';
import type { CacheModuleOptions } from 'nuthatch';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { RedisCluster } from '../support/redis-cluster.js';
import type { RedisServerOptions } from '../support/redis-server.js';
import { RedisServer } from '../support/redis-server.js';
import { Gauge } from './gauge.js';
import type { Subject } from './subject.js';
import { startSubject } from './subject.js';
import type { TrafficOptions } from './traffic.js';
import { Traffic } from './traffic.js';

/** `full`: as long as the bars say. `short`: as long as it takes to see what happens, for the test run. */
export type Pace = 'full' | 'short';

const WARM_HITS = 50;

/** What a scenario runs in: it starts servers, proxies and applications, which end with it. */
export class World {
  readonly #endings: (() => Promise<unknown>)[] = [];

  constructor(readonly pace: Pace) {}

  /** A length of time: what the full pace takes, or the short one. */
  time(full: number, short: number): number {
    return this.pace === 'full' ? full : short;
  }

  /** Waits for that long. */
  async wait(full: number, short: number): Promise<void> {
    await sleep(this.time(full, short));
  }

  redis(...args: string[]): Promise<RedisServer> {
    return this.server({ args });
  }

  async server(options: RedisServerOptions): Promise<RedisServer> {
    const server = await RedisServer.start(options);
    this.ends(() => server.stop());
    return server;
  }

  /** Three masters without replicas. */
  async cluster(): Promise<RedisCluster> {
    const cluster = await RedisCluster.start({ masters: 3, replicasEach: 0 });
    this.ends(() => cluster.stop());
    return cluster;
  }

  async proxy(to: RedisServer): Promise<FaultyProxy> {
    const proxy = await FaultyProxy.start(to.port);
    this.ends(() => proxy.close());
    return proxy;
  }

  async subject(options: CacheModuleOptions): Promise<Subject> {
    const subject = await startSubject(options);
    this.ends(() => subject.close());
    return subject;
  }

  /** Another process of the same application, as far as Redis can tell: with nothing in memory. */
  async another(redis: RedisServer): Promise<Subject> {
    const another = await this.subject({ redis: { url: redis.url }, redisBudget: '5s' });
    await isConnected(another);
    return another;
  }

  gauge(subject: Subject): Gauge {
    const gauge = new Gauge(subject);
    this.ends(() => gauge.stop());
    return gauge;
  }

  /** Traffic that runs until it is stopped. */
  traffic(subject: Subject, options?: TrafficOptions): Traffic {
    const traffic = new Traffic(subject, options);
    traffic.start();
    this.ends(() => traffic.stop());
    return traffic;
  }

  /** The same, given back when Redis has answered some of it and memory is filled. */
  async warmTraffic(subject: Subject, options?: TrafficOptions): Promise<Traffic> {
    await isConnected(subject);
    const traffic = this.traffic(subject, options);
    while ((await subject.stats()).values.redisHits < WARM_HITS) await sleep(25);
    await this.wait(3_000, 300);
    traffic.begin();
    return traffic;
  }

  /** Something of a scenario's own that has to end; what was started last ends first. */
  ends(end: () => Promise<unknown>): void {
    this.#endings.push(end);
  }

  async close(): Promise<void> {
    for (const end of this.#endings.splice(0).reverse()) await end();
  }
}

/** A boot does not wait for Redis for long; who counts on it has to. */
async function isConnected(subject: Subject): Promise<void> {
  while (!(await subject.stats()).redis.connected) await sleep(5);
}

/** Bytes of the heap that are in use after a collection; `null` where nobody may collect (`--expose-gc`). */
export function heapUsed(): number | null {
  if (globalThis.gc === undefined) return null;
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
