import { startApp } from 'governance-api';
import type { RunningApp, StartAppOptions } from 'governance-api';
import { serveWorker } from '../support/workers.js';

let running: RunningApp | undefined;

/** The reference application in a process of its own, so that a test can kill it. */
const methods = {
  start: async (options: StartAppOptions) => {
    running = await startApp(options);
    return running.url;
  },
  close: () => running?.close(),
};

export type AppMethods = typeof methods;

serveWorker(methods);
