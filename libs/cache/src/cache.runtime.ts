import type { Redis } from 'ioredis';
import { Engine } from './cache/engine.js';
import type { ResolvedOptions } from './cache.options.js';
import type { Clock } from './contracts/clock.js';
import type { Recorder, Reporter } from './contracts/events.js';
import { createConnection } from './redis/connection.js';
import { KeyNames } from './redis/key-names.js';
import { RedisChannel } from './redis/redis-channel.js';
import { RedisStore } from './redis/redis-store.js';
import type { LinkEvents } from './redis/server-link.js';
import { ServerLink } from './redis/server-link.js';

/** How long a boot waits for Redis to answer: long enough for a server that is there, short for one that is not. */
const BOOT_WAIT_MS = 80;

/** The ports of one application. */
export interface RuntimePorts {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly reporter: Reporter;
}

/** Everything of one application's cache that must be opened and closed: the engine and its connections. */
export class CacheRuntime {
  readonly engine: Engine;
  readonly link: ServerLink | undefined;
  readonly #ports: RuntimePorts;
  readonly #graceMs: number;
  #wake: () => void = () => undefined;

  constructor(options: ResolvedOptions, ports: RuntimePorts) {
    this.#ports = ports;
    this.#graceMs = options.shutdownGraceMs;
    if (options.redis === undefined) {
      this.engine = new Engine(ports, options.engine);
      return;
    }
    const names = new KeyNames(options.naming);
    const redis = createConnection(options.redis);
    const subscriber = createConnection(options.redis, { protocol: 2 });
    const { clock } = ports;
    this.link = new ServerLink(redis, {
      names,
      clock,
      events: this.#events(),
      maxInFlight: options.maxCommandsInFlight,
    });
    const store = new RedisStore(this.link, names, clock, options.engine.redisBudgetMs);
    const channel = new RedisChannel(subscriber, this.link, names, clock);
    this.engine = new Engine({ ...ports, shared: { store, channel } }, options.engine);
  }

  get redis(): Redis | undefined {
    return this.link?.redis;
  }

  /** Opens connections and starts beats. Waits a moment for Redis, never for long, and never fails. */
  async open(): Promise<void> {
    const { link } = this;
    if (link === undefined) {
      this.#ports.reporter.info('no Redis configured: values are kept in the memory of this process only');
      this.engine.open();
      return;
    }
    const answered = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    link.open();
    this.engine.open();
    const timer = this.#ports.clock.after(BOOT_WAIT_MS, this.#wake);
    await answered;
    timer.cancel();
  }

  async close(): Promise<void> {
    await this.engine.close(this.#graceMs);
    await this.link?.close();
  }

  #events(): LinkEvents {
    const { recorder, reporter } = this.#ports;
    return {
      onNewEpoch: () => {
        this.engine.coherence.forgetAll();
        recorder.record({ type: 'new-epoch' });
      },
      onReady: () => {
        recorder.record({ type: 'redis-connected' });
        this.engine.coherence.sendBeat();
        this.#wake();
      },
      onLost: () => recorder.record({ type: 'redis-lost' }),
      onBreaker: (state) => recorder.record({ type: 'breaker', state }),
      onFailure: (kind, reason) => {
        recorder.record({ type: 'redis-failure', kind, reason });
        reporter.once(
          `redis:${kind}:${reason}`,
          `Redis ${kind} failed: ${reason}; requests are answered without it`,
        );
        if (kind === 'connection') this.#wake();
      },
    };
  }
}
