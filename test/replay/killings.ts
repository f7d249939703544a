import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../consistency/random.js';
import type { Instance, Instances } from './instances.js';
import type { Requests } from './requests.js';

/** How long a victim goes on after it was chosen, at most: its requests are then anywhere between arrival and answer. */
const DELAY_MS = 20;

/** How many votes later one is killed in the place of one that had nothing to lose. */
const SPARED = 50;

/** Kills instances while votes are sent, evenly spread, and puts new ones in their places. */
export class Killings {
  readonly #due: number[];
  readonly #under: Promise<void>[] = [];
  /** How many were killed in the middle of a vote. */
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
    this.#under.push(this.#kill(sent));
  }

  /** Resolves when every victim is replaced. */
  async settled(): Promise<void> {
    await Promise.all(this.#under.splice(0));
  }

  async #kill(sent: number): Promise<void> {
    const { instances, requests, random } = this.stage;
    await sleep(random.between(0, DELAY_MS));
    const before = requests.unanswered;
    await instances.kill(this.#busiest());
    await instances.add();
    if (requests.unanswered > before) this.done++;
    else this.#due.unshift(sent + SPARED); // it had just answered everything: once more
  }

  /** The one with the most votes in the air: something of it must be cut off. */
  #busiest(): Instance {
    const { instances, requests } = this.stage;
    return instances.all.reduce((one, other) =>
      requests.inTheAir(other) > requests.inTheAir(one) ? other : one,
    );
  }
}
