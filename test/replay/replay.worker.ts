import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApp } from 'governance-api';
import type { RunningApp, StartAppOptions } from 'governance-api';
import { CacheService } from 'nuthatch';
import type { CacheStats, RegionStats } from 'nuthatch';
import { serveWorker } from '../support/workers.js';

/** One instance of the reference application. */

export type CacheFigures = Pick<RegionStats, 'requests' | 'loads'>;

let running: RunningApp | undefined;

const methods = {
  /** Resolves with the port when it answers requests and has found Redis. */
  start: async (options: StartAppOptions): Promise<number> => {
    running = await startApp(options);
    // a boot does not wait for Redis, but the replay is about what happens with it
    const cache = running.app.get(CacheService);
    while ((await cache.invalidateTags('anything')) !== 'confirmed') await sleep(5);
    return running.port;
  },

  /** How often each region was asked, and how often that came to a load. */
  figures: async (): Promise<Record<string, CacheFigures>> => {
    const answer = await fetch(`${running?.url}/cache/stats`);
    const { instance } = (await answer.json()) as CacheStats;
    return Object.fromEntries(
      Object.entries(instance.regions).map(([name, { requests, loads }]) => [name, { requests, loads }]),
    );
  },
};

export type ReplayMethods = typeof methods;

serveWorker(methods);
