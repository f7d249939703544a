import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { serveParent } from '../companion/serve.js';
import { WholeSeries } from './whole-series.js';

/** More than the processes of a test ever open together; a refused one gets no answer that its driver understands. */
const MAX_CONNECTIONS = 200;

let database: PGlite | undefined;
let server: PGLiteSocketServer | undefined;

await serveParent({
  async start() {
    database = await PGlite.create('memory://');
    server = new PGLiteSocketServer({
      db: new WholeSeries(database).asPGlite(),
      host: '127.0.0.1',
      port: 0,
      maxConnections: MAX_CONNECTIONS,
    });
    await server.start();
    return { address: server.getServerConn() };
  },
  async stop() {
    await server?.stop();
    await database?.close();
  },
});
