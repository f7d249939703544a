import type { OpenBackend, RuntimeBackend } from '../../cache.runtime.js';
import type { Clock } from '../../contracts/clock.js';
import { FaultyChannel } from '../faults/faulty-channel.js';
import { FaultyDerivedStore } from '../faults/faulty-derived-store.js';
import { FaultyMaintenance } from '../faults/faulty-maintenance.js';
import { FaultyStore } from '../faults/faulty-store.js';
import { MemoryChannel } from '../memory/memory-channel.js';
import { MemoryMaintenance } from '../memory/memory-maintenance.js';
import { MemoryWriteLog } from '../memory/memory-write-log.js';
import type { MemoryStore } from '../memory/memory-store.js';

type Parts = Parameters<OpenBackend>[1];

const owns = () => true;

interface Connection {
  readonly channel: FaultyChannel;
  readonly parts: Parts;
}

/**
 * Redis as one application of a test sees it: a store in memory that can be cut off from this application, and only from
 * this one. What the application has to make up for when it is connected again it does as with the real one.
 */
export class TestRedis {
  /** For faults of single commands: `redis.store.faults.hang('read')`. */
  readonly store: FaultyStore;
  /** The same for counters and rankings. */
  readonly derived: FaultyDerivedStore;
  /** The same for what looks through everything. */
  readonly maintenance: FaultyMaintenance;
  readonly #connections = new Set<Connection>();
  #connected = true;

  constructor(
    private readonly memory: MemoryStore,
    private readonly clock: Clock,
  ) {
    this.store = new FaultyStore(memory, clock);
    this.derived = new FaultyDerivedStore(memory.derived, clock);
    this.maintenance = new FaultyMaintenance(new MemoryMaintenance(memory), clock);
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** From now on no command and no message gets through, and the application knows it. */
  disconnect(): void {
    if (!this.#connected) return;
    this.#connected = false;
    this.store.unavailable = true;
    this.store.faults.fail();
    this.derived.faults.fail();
    this.maintenance.faults.fail();
    for (const { channel, parts } of this.#connections) {
      parts.events.onLost();
      channel.break('the test has disconnected Redis');
    }
  }

  /** Redis is back. Resolves when the application has sent what it could not send, and reads from it again. */
  async reconnect(): Promise<void> {
    if (this.#connected) return;
    this.#connected = true;
    this.store.faults.heal();
    this.derived.faults.heal();
    this.maintenance.faults.heal();
    for (const { parts } of this.#connections) await this.#greet(parts);
    this.store.unavailable = false;
    for (const { channel, parts } of this.#connections) {
      channel.mend();
      parts.events.onReady([]);
    }
  }

  /** An application that no longer knows all that it could not send asks for another epoch instead. */
  async #greet({ resume }: Parts): Promise<void> {
    if ((await resume({ promoted: false, owns })) === 'resume') return;
    this.memory.restart();
    await resume({ promoted: false, renewed: true, owns });
  }

  /** The way into Redis for the runtime of an application, whatever address it was told. */
  readonly openBackend: OpenBackend = (_target, parts): RuntimeBackend => {
    const channel = new FaultyChannel(new MemoryChannel(this.memory), this.clock);
    const connection = { channel, parts };
    this.store.readTimeoutMs = parts.readTimeoutMs;
    return {
      store: this.store,
      derived: this.derived,
      channel,
      maintenance: this.maintenance,
      log: MemoryWriteLog.beside(this.memory, this.clock),
      client: undefined,
      status: () => ({ connected: this.#connected, breaker: 'closed', commandsInFlight: 0, degraded: [] }),
      open: () => {
        this.#connections.add(connection);
        // the application opens its channel in the same turn
        if (this.#connected) queueMicrotask(() => parts.events.onReady([]));
      },
      close: async () => {
        this.#connections.delete(connection);
      },
    };
  };
}
