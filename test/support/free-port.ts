import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range from which systems take the ports of outgoing connections: a server that is restarted on
// its port must not find it taken by somebody's client. With the bus of a Cluster node, the port + 10000, the
// range still ends below 32768.
const FIRST = 11_000;
const LAST = 21_000;
const BUS_OFFSET = 10_000;
const ATTEMPTS = 50;

/**
 * A port of 127.0.0.1 that nothing listens on, nor on the port 10000 above it.
 * It is not reserved: whoever binds it must be ready to ask for another one.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(FIRST, LAST);
    if ((await isFree(port)) && (await isFree(port + BUS_OFFSET))) return port;
  }
  throw new Error(`no free port between ${FIRST} and ${LAST} in ${ATTEMPTS} attempts`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
