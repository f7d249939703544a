import type { EchoMethods } from './echo.worker.js';
import { RedisServer } from './redis-server.js';
import { serveWorker, spawnWorker } from './workers.js';

interface StartedServer {
  readonly pid: number | undefined;
  readonly dir: string;
}

/** A process that starts others and never stops them, to prove that they die with it. */
const methods = {
  /** One server that runs and one that is frozen. */
  startServers: async (): Promise<StartedServer[]> => {
    const servers = await Promise.all([RedisServer.start(), RedisServer.start()]);
    const started = servers.map(async (server) => {
      const dir = (await server.command('CONFIG', 'GET', 'dir')).split('\n')[1] ?? '';
      return { pid: server.pid, dir };
    });
    const answers = await Promise.all(started);
    servers[0].freeze();
    return answers;
  },

  /** One worker that waits, one that is busy and one that is frozen. */
  startWorkers: async (): Promise<(number | undefined)[]> => {
    const start = () => spawnWorker<EchoMethods>('support/echo.worker.ts');
    const [idle, busy, frozen] = [start(), start(), start()];
    await Promise.all([idle, busy, frozen].map((worker) => worker.call('echo', 1)));
    busy.call('spin').catch(() => undefined);
    frozen.kill('SIGSTOP');
    return [idle.pid, busy.pid, frozen.pid];
  },
};

export type OrphansMethods = typeof methods;

serveWorker(methods);
