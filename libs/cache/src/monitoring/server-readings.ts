import type { Clock } from '../contracts/clock.js';
import type { Reporter } from '../contracts/events.js';
import type { ServerFigures } from '../contracts/maintenance.js';
import { Readings } from './readings.js';
import { ServerStats } from './stats.js';

/** How old a reading may be before somebody who asks has another one made. */
const FRESH_MS = 10_000;

/** What readings are made with. */
export interface ReadingParts {
  readonly clock: Clock;
  readonly reporter: Reporter;
  /** Asks all servers; `undefined` where they may not be asked. May reject. */
  read(): Promise<readonly ServerFigures[] | undefined>;
}

/** What the servers say of themselves, read when somebody wants to know it and at most every ten seconds. */
export class ServerReadings {
  readonly #readings: Readings<readonly ServerStats[] | null>;
  #toldOfPolicy = false;

  constructor(private readonly parts: ReadingParts) {
    const { clock } = parts;
    this.#readings = new Readings({
      clock,
      freshMs: FRESH_MS,
      read: () => this.#read(),
      otherwise: null,
    });
  }

  /** `null` while nothing is known: nobody has asked, nobody may, or nobody answers. */
  get latest(): readonly ServerStats[] | null {
    return this.#readings.latest;
  }

  /** Has another reading made if the last one is old. Never rejects, and never waits for long. */
  refresh(): Promise<void> {
    return this.#readings.refresh();
  }

  async #read(): Promise<readonly ServerStats[] | null> {
    const figures = await this.parts.read();
    this.#tellOfPolicy(figures);
    return figures?.map((one) => Object.assign(new ServerStats(), one)) ?? null;
  }

  #tellOfPolicy(figures: readonly ServerFigures[] | undefined): void {
    if (this.#toldOfPolicy) return;
    const full = figures?.find((one) => one.maxMemoryBytes > 0 && one.maxMemoryPolicy === 'noeviction');
    if (full === undefined) return;
    this.#toldOfPolicy = true;
    this.parts.reporter.info(
      `Redis has maxmemory-policy noeviction and a limit of ${full.maxMemoryBytes} bytes: when that is reached, nothing is kept until something expires`,
    );
  }
}
