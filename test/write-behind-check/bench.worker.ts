import 'reflect-metadata';
import { Random } from '../consistency/random.js';
import { serveWorker } from '../support/workers.js';
import type { Post, Running } from './application.js';
import { startPost, untilRedis } from './application.js';
import { cell, direct, KEYS, valueOf } from './cells.js';

/** A process that writes as fast as its callers let it: each waits for its acknowledgement before it writes again. */

/** How values get into the database. */
export type Way = 'behind' | 'through';

/** What became of a stretch of writing. */
export interface Stretch {
  readonly acked: number;
  /** Statements that this process sent to the database. */
  readonly statements: number;
  /** How long each write waited, in milliseconds. */
  readonly waits: Float64Array;
}

let running: Running | undefined;
let count = 0;

async function write({ cache, database }: Running, way: Way, key: number, value: string): Promise<void> {
  if (way === 'behind') await cache.writeBehind(cell, [key], value);
  else await cache.write(direct, [key], value, (given) => database.writeDirectly(key, given));
}

const methods = {
  start: async (post: Post): Promise<void> => {
    running = await startPost(post);
    await untilRedis(running);
  },

  run: async (way: Way, callers: number, ms: number, seed: number): Promise<Stretch> => {
    if (running === undefined) throw new Error('not started');
    const here = running;
    const before = here.database.statements;
    const until = performance.now() + ms;
    const waits: number[] = [];
    const call = async (_: unknown, caller: number) => {
      const random = new Random(seed + caller);
      while (performance.now() < until) {
        const key = random.below(KEYS);
        const began = performance.now();
        await write(here, way, key, valueOf({ key, writer: 'bench', count: ++count, isPoison: false }));
        waits.push(performance.now() - began);
      }
    };
    await Promise.all(Array.from({ length: callers }, call));
    const statements = here.database.statements - before;
    return { acked: waits.length, statements, waits: Float64Array.from(waits) };
  },
};

export type BenchMethods = typeof methods;

serveWorker(methods);
