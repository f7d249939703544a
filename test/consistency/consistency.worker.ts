import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveWorker } from '../support/workers.js';
import { startApplication } from './application.js';
import type { RunningApplication } from './application.js';
import { Audit } from './audit.js';
import { cellOf, KINDS } from './kinds.js';
import type { Slice } from './log.js';
import { FAILED } from './log.js';
import { assertMutated } from '../support/mutation.js';
import { Outcomes } from './outcomes.js';
import { Random } from './random.js';
import type { Post } from './scenario.js';
import { seen, Traffic } from './traffic.js';

/** One process of the application under test: it reads and writes, or looks at what Redis holds. */

const LOOK_EVERY_MS = 100;
const SETTLE_MS = 10_000;

interface Station {
  readonly app: RunningApplication;
  readonly post: Post;
  readonly outcomes: Outcomes;
  readonly traffic: Traffic | undefined;
  readonly audit: Audit | undefined;
}

let station: Station | undefined;

function here(): Station {
  if (station === undefined) throw new Error('not started');
  return station;
}

const methods = {
  start: async (post: Post): Promise<void> => {
    const app = await startApplication(post);
    await assertMutated();
    const { scenario, role } = post;
    const outcomes = new Outcomes(() => app.stats(), scenario.redisBudgetMs);
    const parts = { app, outcomes, random: new Random(post.seed), post };
    const traffic = role === 'worker' ? new Traffic(parts) : undefined;
    const audit = role === 'auditor' ? new Audit(app, post) : undefined;
    station = { app, post, outcomes, traffic, audit };
    if (traffic !== undefined) await outcomes.look();
  },

  begin: async (): Promise<void> => {
    const { traffic, audit, outcomes } = here();
    traffic?.begin();
    await audit?.begin();
    if (traffic !== undefined)
      setInterval(() => void outcomes.look().catch(() => undefined), LOOK_EVERY_MS).unref();
  },

  /** What was logged since the last call. */
  drain: (): Slice => {
    const { traffic, audit } = here();
    return traffic?.drain() ?? audit?.drain() ?? { reads: new Float64Array(), writes: new Float64Array() };
  },

  /** Resolves when all writes have ended and it is known what became of them. */
  endWrites: async (): Promise<void> => {
    const { traffic, outcomes } = here();
    await traffic?.endWrites();
    const deadline = Date.now() + SETTLE_MS;
    while (outcomes.waiting > 0 && Date.now() < deadline) {
      await sleep(5);
      await outcomes.look();
    }
  },

  endReads: async (): Promise<void> => {
    const { traffic, audit } = here();
    await Promise.all([traffic?.endReads(), audit?.end()]);
  },

  /** What this process has of every cell, memory first; pairs of cell and version. */
  inspect: async (): Promise<[cell: number, version: number][]> => {
    const { app, post } = here();
    const found: [number, number][] = [];
    for (const [index, kind] of KINDS.entries()) {
      if (post.scenario.kinds?.includes(kind.name) === false) continue;
      if (post.role === 'auditor' && kind.peek === undefined) continue;
      for (let row = 0; row < post.scenario.rows; row++) {
        const version = await seen((kind.peek ?? kind.read)(app, row), kind, row);
        if (version !== FAILED) found.push([cellOf(index, row), version]);
      }
    }
    return found;
  },
};

export type ConsistencyMethods = typeof methods;

serveWorker(methods);
