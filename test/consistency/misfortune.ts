import type { Incident, Scene } from './incident.js';

const REST_FROM_MS = 200;
const REST_TO_MS = 2_000;

/** Lets one thing after the other go wrong until told to end; all are over when that resolves. */
export class Misfortune {
  #ended = false;
  readonly #over: Promise<void>;
  /** How often each happened. */
  readonly counts: Record<string, number> = {};

  /** Begins at once. */
  constructor(
    private readonly scene: Scene,
    private readonly incidents: readonly Incident[],
  ) {
    this.#over = incidents.length === 0 ? Promise.resolve() : this.#happen();
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#over;
  }

  async #happen(): Promise<void> {
    while (!this.#ended) {
      const incident = this.scene.random.pick(this.incidents);
      this.counts[incident.name] = (this.counts[incident.name] ?? 0) + 1;
      await incident.happen();
      await this.scene.aWhile(REST_FROM_MS, REST_TO_MS);
    }
  }
}
