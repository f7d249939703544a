import { FakeClient, FakeServer } from './fleet-server.js';

/** A clock that the test moves. */
interface MovableClock {
  now(): number;
  wall(): number;
  after(ms: number, action: () => void): unknown;
  advance(ms: number): Promise<void>;
  jump(ms: number): void;
}

/** One process's cache around a single row, as a spec builds it from the parts it tests. */
interface RowCache {
  get(load: () => Promise<number>): Promise<number>;
  evict(): Promise<string>;
  invalidate(): Promise<string>;
}

/** How a spec makes the parts of a process. */
export interface WorldParts<C extends MovableClock> {
  readonly maxStalenessMs: number;
  clock(): C;
  cache(clock: C, client: FakeClient): RowCache;
}

const STEP_MS = 250;

/** One row of a database, and processes that cache it. Each process has a clock of its own, for it may be stopped. */
export class World<C extends MovableClock> {
  readonly clock: C;
  readonly server: FakeServer;
  readonly processes: WorldProcess<C>[] = [];
  row = 0;

  constructor(readonly parts: WorldParts<C>) {
    this.clock = parts.clock();
    this.server = new FakeServer(() => this.clock.wall());
  }

  async start(): Promise<WorldProcess<C>> {
    const process = new WorldProcess(this);
    this.processes.push(process);
    await process.clock.advance(0);
    return process;
  }

  /** Time passes, in steps, so that processes see each other's doings; those that are stopped do nothing meanwhile. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      const step = Math.min(STEP_MS, left);
      await this.clock.advance(step);
      for (const { stopped, clock } of this.processes) {
        if (stopped) clock.jump(step);
        else await clock.advance(step);
      }
    }
  }

  /** The oldest row that a read which starts now in a process may give: what is promised about staleness. */
  floor(reader: WorldProcess<C>): number {
    const due = this.clock.now() - this.parts.maxStalenessMs;
    const seen = (writer: WorldProcess<C>) =>
      writer.confirmed.filter(({ at }) => writer === reader || at < due);
    return Math.max(0, ...this.processes.flatMap(seen).map(({ row }) => row));
  }
}

/** A process of the world. */
export class WorldProcess<C extends MovableClock> {
  readonly clock: C;
  readonly client: FakeClient;
  readonly confirmed: { readonly row: number; readonly at: number }[] = [];
  readonly #cache: RowCache;
  stopped = false;
  loads = 0;

  constructor(private readonly world: World<C>) {
    this.client = new FakeClient(world.server);
    this.clock = world.parts.clock();
    this.#cache = world.parts.cache(this.clock, this.client);
  }

  /** Reads through the cache; the loader reads the row first and is busy with it for `loadMs`. */
  get(loadMs = 0): Promise<number> {
    return this.#cache.get(async () => {
      this.loads++;
      const { row } = this.world;
      if (loadMs > 0) await new Promise<void>((resolve) => this.clock.after(loadMs, resolve));
      return row;
    });
  }

  /** Writes the row, then evicts it or invalidates its tag. */
  async write(how: 'evict' | 'invalidate'): Promise<string> {
    const row = ++this.world.row;
    const outcome = await this.#cache[how]();
    if (outcome === 'confirmed') this.confirmed.push({ row, at: this.world.clock.now() });
    return outcome;
  }

  /** The process does nothing more, and nothing reaches it, until `stopped` is false and its client resumes. */
  stop(): void {
    this.stopped = true;
    this.client.hold('answers', 'messages');
  }
}
