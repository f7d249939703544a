import 'reflect-metadata';
import { setImmediate } from 'node:timers/promises';
import { Random } from '../consistency/random.js';
import { assertMutated } from '../support/mutation.js';
import { serveWorker } from '../support/workers.js';
import type { Post, Running } from './application.js';
import { hasRedis, startPost, untilRedis } from './application.js';
import { cell, KEYS } from './cells.js';
import { Register } from './register.js';
import type { Sighting } from './sightings.js';

/** A process that reads what others write, and notes what was acknowledged before. */

/** What a reader did. */
export interface Seen {
  readonly sightings: readonly Sighting[];
  /** Reads that found no value in the cache. */
  readonly loads: number;
  /** Reads that say nothing: they failed, or Redis was away meanwhile. */
  readonly void: number;
}

const SIDE_BY_SIDE = 2;

class Reader {
  readonly #random: Random;
  readonly #register: Register;
  readonly #sightings: Sighting[] = [];
  #loads = 0;
  #void = 0;
  #going = true;
  readonly #ended: Promise<unknown>;

  constructor(
    private readonly running: Running,
    registerUrl: string,
    seed: number,
  ) {
    this.#random = new Random(seed);
    this.#register = new Register(registerUrl);
    this.#ended = Promise.all(Array.from({ length: SIDE_BY_SIDE }, () => this.#run()));
  }

  /** Ends, and looks at every key once more. */
  async stop(): Promise<Seen> {
    this.#going = false;
    await this.#ended;
    for (let key = 0; key < KEYS; key++) await this.#look(key);
    for (const key of await this.#register.watched('all')) await this.#look(key);
    this.#register.close();
    await this.running.app.close();
    return { sightings: this.#sightings, loads: this.#loads, void: this.#void };
  }

  async #run(): Promise<void> {
    while (this.#going) {
      const watched = await this.#register.watched('last');
      const drawn = this.#random.chance(0.5) ? watched[this.#random.below(watched.length)] : undefined;
      await this.#look(drawn ?? this.#random.below(KEYS));
      await setImmediate();
    }
  }

  async #look(key: number): Promise<void> {
    const { cache, database } = this.running;
    const { floor, outages } = await this.#register.moment(key);
    let loaded = false;
    const load = async () => {
      loaded = true;
      return (await database.read(key))?.value ?? null;
    };
    const value = await cache.getOrSet(cell, [key], load).catch(() => undefined);
    const after = await this.#register.moment(key);
    if (value === undefined || outages % 2 === 1 || outages !== after.outages) this.#void++;
    else this.#sightings.push({ key, value, floor, loaded, at: Date.now() });
    if (loaded) this.#loads++;
  }
}

let running: Running | undefined;
let reader: Reader | undefined;

const methods = {
  start: async (post: Post): Promise<void> => {
    await assertMutated();
    running = await startPost(post);
    await untilRedis(running);
  },

  begin: (registerUrl: string, seed: number): void => {
    if (running === undefined) throw new Error('not started');
    reader = new Reader(running, registerUrl, seed);
  },

  /** Whether Redis hears this process. */
  hasRedis: async (): Promise<boolean> => running !== undefined && (await hasRedis(running)),

  stop: async (): Promise<Seen> => (await reader?.stop()) ?? { sightings: [], loads: 0, void: 0 },
};

export type ReaderMethods = typeof methods;

serveWorker(methods);
