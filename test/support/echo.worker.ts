import { serveWorker } from './workers.js';

/** The smallest worker, to prove how workers behave. */
const methods = {
  echo: (value: unknown) => value,
  later: (value: string, ms: number) => new Promise<string>((resolve) => setTimeout(resolve, ms, value)),
  variable: (name: string) => process.env[name],
  fail: (message: string) => {
    throw new TypeError(message);
  },
  log: (line: string) => console.log(line),
  spin: () => {
    for (;;);
  },
  exit: (code: number) => process.exit(code),
};

export type EchoMethods = typeof methods;

serveWorker(methods);
