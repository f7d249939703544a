import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../consistency/random.js';
import { assertMutated } from '../support/mutation.js';
import { serveWorker } from '../support/workers.js';
import { AcknowledgementFile } from './acknowledgements.js';
import type { Post, Running } from './application.js';
import { hasRedis, startPost } from './application.js';
import { cell } from './cells.js';
import { Register } from './register.js';
import type { Intention, Writing, Written } from './writing.js';
import { Intentions } from './writing.js';

/** A process that writes at a rate, and notes what was acknowledged. */

const TICK_MS = 20;
/** Writes that wait for an answer at most: more would only wait longer. */
const IN_THE_AIR = 400;

class Writer {
  readonly #notes: AcknowledgementFile;
  readonly #register: Register;
  readonly #intentions: Intentions;
  readonly #inTheAir = new Set<Promise<void>>();
  readonly #refused: Record<string, number> = {};
  #going = true;
  readonly #ended: Promise<void>;

  constructor(
    private readonly running: Running,
    private readonly writing: Writing,
  ) {
    this.#notes = new AcknowledgementFile(writing.file);
    this.#register = new Register(writing.registerUrl);
    this.#intentions = new Intentions(writing, new Random(writing.seed));
    this.#ended = this.#run();
  }

  async stop(): Promise<Written> {
    this.#going = false;
    await this.#ended;
    await Promise.all(this.#inTheAir);
    this.#register.close();
    await this.running.app.close();
    return { offered: this.#intentions.count, refused: this.#refused };
  }

  async #run(): Promise<void> {
    const { perSecond } = this.writing;
    let [due, before] = [0, performance.now()];
    while (this.#going) {
      await sleep(TICK_MS);
      const now = performance.now();
      // what could not be offered for a second is not made up for
      due = Math.min(due + ((now - before) / 1_000) * perSecond, perSecond);
      before = now;
      for (; due >= 1 && this.#inTheAir.size < IN_THE_AIR; due--) {
        const one = this.#write(this.#intentions.next()).finally(() => this.#inTheAir.delete(one));
        this.#inTheAir.add(one);
      }
    }
  }

  async #write({ key, value, isPoison, then }: Intention): Promise<void> {
    const began = performance.now();
    try {
      const { version, via, outcome } = await this.running.cache.writeBehind(cell, [key], value);
      this.#notes.add({ key, value, version, via, ms: performance.now() - began, at: Date.now() });
      // until an outcome is confirmed what was cached before may be read, and what the database refuses is taken back
      if (!isPoison && outcome === 'confirmed') await this.#register.acknowledge(key, version);
      if (then === undefined) return;
      await this.#register.watch(key);
    } catch (error) {
      const why = String((error as { code?: unknown }).code ?? error);
      this.#refused[why] = (this.#refused[why] ?? 0) + 1;
      return;
    }
    await this.#write(then);
  }
}

let running: Running | undefined;
let writer: Writer | undefined;

const methods = {
  start: async (post: Post): Promise<void> => {
    await assertMutated();
    running = await startPost(post);
  },

  begin: (writing: Writing): void => {
    if (running === undefined) throw new Error('not started');
    writer = new Writer(running, writing);
  },

  /** Whether Redis hears this process. */
  hasRedis: async (): Promise<boolean> => running !== undefined && (await hasRedis(running)),

  /** Resolves when everything that is in the air has ended. */
  stop: async (): Promise<Written> => (await writer?.stop()) ?? { offered: 0, refused: {} },
};

export type WriterMethods = typeof methods;

serveWorker(methods);
