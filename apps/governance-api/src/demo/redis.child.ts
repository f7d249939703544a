import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveParent } from '../companion/serve.js';

const READY_WITHIN_MS = 5_000;

let server: ChildProcess | undefined;

await serveParent({
  async start({ binary }: { binary: string }) {
    const port = await freePort();
    const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    // A process group of its own: Ctrl-C in the terminal must not end it before the application has let go of it.
    const child = spawn(binary, options, { detached: true, stdio: 'ignore' });
    server = child;
    const ended = new Promise<never>((_resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`${binary} ended with code ${code}.`)));
    });
    await Promise.race([answers(port), ended]);
    return { url: `redis://127.0.0.1:${port}` };
  },
  async stop() {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGTERM');
    await once(server, 'exit');
  },
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function answers(port: number): Promise<void> {
  const giveUpAt = performance.now() + READY_WITHIN_MS;
  while (!(await ping(port))) {
    if (performance.now() > giveUpAt)
      throw new Error(`redis-server did not answer within ${READY_WITHIN_MS} ms.`);
    await sleep(20);
  }
}

function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(500, () => socket.destroy());
    socket.once('data', (answer) => {
      resolve(answer.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
