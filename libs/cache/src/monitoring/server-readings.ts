import type { Clock } from '../contracts/clock.js';
import type { Reporter } from '../contracts/events.js';
import type { ServerFigures } from '../contracts/maintenance.js';
import { ServerStats } from './stats.js';

/** How old a reading may be before somebody who asks has another one made. */
const FRESH_MS = 10_000;
/** How long he who has it made waits for it; without it he is given the one before. */
const PATIENCE_MS = 100;

/** What readings are made with. */
export interface ReadingParts {
  readonly clock: Clock;
  readonly reporter: Reporter;
  /** Asks all servers; `undefined` where they may not be asked. May reject. */
  read(): Promise<readonly ServerFigures[] | undefined>;
}

/** What the servers say of themselves, read when somebody wants to know it and at most every ten seconds. */
export class ServerReadings {
  #latest: readonly ServerStats[] | null = null;
  #begunAt = -Infinity;
  #toldOfPolicy = false;

  constructor(private readonly parts: ReadingParts) {}

  /** `null` while nothing is known: nobody has asked, nobody may, or nobody answers. */
  get latest(): readonly ServerStats[] | null {
    return this.#latest;
  }

  /** Has another reading made if the last one is old. Never rejects, and never waits for long. */
  async refresh(): Promise<void> {
    const { clock } = this.parts;
    const now = clock.now();
    if (now - this.#begunAt < FRESH_MS) return;
    this.#begunAt = now;
    const reading = this.#read();
    await new Promise<void>((resolve) => {
      const timer = clock.after(PATIENCE_MS, resolve);
      void reading.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  async #read(): Promise<void> {
    const figures = await this.parts.read().catch(() => undefined);
    this.#latest = figures?.map((one) => Object.assign(new ServerStats(), one)) ?? null;
    if (this.#toldOfPolicy) return;
    const full = figures?.find((one) => one.maxMemoryBytes > 0 && one.maxMemoryPolicy === 'noeviction');
    if (full === undefined) return;
    this.#toldOfPolicy = true;
    this.parts.reporter.info(
      `Redis has maxmemory-policy noeviction and a limit of ${full.maxMemoryBytes} bytes: when that is reached, nothing is kept until something expires`,
    );
  }
}
