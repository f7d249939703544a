import { serveParent } from '../companion/serve.js';
import { startApp, type RunningApp, type StartAppOptions } from '../create-app.js';

let running: RunningApp | undefined;

/** The application in a process of its own, so that what drives it does not take its time. */
await serveParent({
  async start(options: StartAppOptions) {
    running = await startApp({ ...options, platform: 'fastify' });
    return { port: running.port };
  },
  async stop() {
    await running?.close();
  },
});
