import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../consistency/random.js';
import type { Instance, Instances } from './instances.js';
import type { Requests } from './requests.js';

/** How long a victim goes on after it was chosen, at most: its requests are then anywhere between arrival and answer. */
const DELAY_MS = 20;

/** Kills instances while votes are sent, evenly spread, and puts new ones in their places. */
export class Killings {
  readonly #due: number[];
  readonly #under: Promise<void>[] = [];
  done = 0;

  constructor(
    kills: number,
    sendings: number,
    private readonly stage: {
      readonly instances: Instances;
      readonly requests: Requests;
      readonly random: Random;
    },
  ) {
    this.#due = Array.from({ length: kills }, (_, at) => Math.floor(((at + 0.5) * sendings) / kills));
  }

  /** As many votes as this have been sent. */
  at(sent: number): void {
    if (this.#due[0] === undefined || sent < this.#due[0]) return;
    this.#due.shift();
    this.#under.push(this.#kill());
  }

  /** Resolves when every victim is replaced. */
  async settled(): Promise<void> {
    await Promise.all(this.#under.splice(0));
  }

  async #kill(): Promise<void> {
    const { instances, random } = this.stage;
    await sleep(random.between(0, DELAY_MS));
    await instances.kill(this.#busiest());
    this.done++;
    await instances.add();
  }

  /** The one with the most requests in the air: something of it must be cut off. */
  #busiest(): Instance {
    const { instances, requests } = this.stage;
    return instances.all.reduce((one, other) =>
      requests.inTheAir(other) > requests.inTheAir(one) ? other : one,
    );
  }
}
