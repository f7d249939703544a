import 'reflect-metadata';
import { assertMutated } from '../support/mutation.js';
import { serveWorker } from '../support/workers.js';
import type { Post, Running } from './application.js';
import { startPost } from './application.js';
import { cell } from './cells.js';
import type { Spot } from './gate.js';
import type { Dead } from './verdict.js';

/** A stand-alone worker: it empties logs, and does nothing else. */

const AT_ONCE = 1_000;

let running: Running | undefined;

function here(): Running {
  if (running === undefined) throw new Error('not started');
  return running;
}

const methods = {
  start: async (post: Post): Promise<void> => {
    await assertMutated();
    running = await startPost(post);
  },

  /** Resolves when a call of the handler stands at the spot, and stays there until `goOn`. */
  hold: (spot: Spot): Promise<void> => here().gate.hold(spot),

  goOn: (): void => here().gate.open(),

  /** How many statements it sent, and how many of its batches the database refused because they came too late. */
  figures: (): { statements: number; fenced: number } => {
    const { statements, fenced } = here().database;
    return { statements, fenced };
  },

  dead: async (): Promise<Dead[]> => {
    const letters = here().cache.deadLetters(cell);
    const found: Dead[] = [];
    for (let after; ;) {
      const some = await letters.list({ after, limit: AT_ONCE });
      for (const { write } of some)
        found.push({
          key: write?.args[0] ?? -1,
          version: write?.version ?? -1,
          value: String(write?.value),
        });
      after = some.at(-1);
      if (after === undefined) return found;
    }
  },
};

export type KeeperMethods = typeof methods;

serveWorker(methods);
