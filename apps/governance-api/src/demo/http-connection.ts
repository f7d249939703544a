import { connect, type Socket } from 'node:net';
import { ResponseReader, type Reply } from './http-response.js';

/** Where the application answers. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A request of the driver. */
export interface Access {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  /** JSON text. */
  readonly body?: string;
}

/** Longer than any answer takes: a request that waits this long has failed. */
const TIMEOUT_MS = 30_000;

/**
 * A kept-alive connection with one request in the air at a time, so that no answer waits behind another one's.
 * In place of `node:http`, which would cost the driver more time than the application needs to answer.
 */
export class HttpConnection {
  private readonly reader = new ResponseReader();
  private waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly address: Address,
  ) {
    socket.setNoDelay(true);
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`No answer within ${TIMEOUT_MS} ms.`)));
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('The server closed the connection.')));
  }

  static open(address: Address): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(address);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new HttpConnection(socket, address));
      });
    });
  }

  /** @throws Error when the connection breaks before the answer is complete. */
  exchange(access: Access): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) return reject(new Error('The connection is closed.'));
      this.waiting = { resolve, reject };
      this.socket.write(encode(access, this.address));
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    try {
      const reply = this.reader.push(chunk);
      if (!reply) return;
      if (!reply.keepAlive) this.socket.destroy();
      this.waiting?.resolve(reply);
      this.waiting = undefined;
    } catch (error) {
      this.socket.destroy(error as Error);
    }
  }

  private fail(error: Error): void {
    this.waiting?.reject(error);
    this.waiting = undefined;
  }
}

function encode({ method, path, body }: Access, { port }: Address): string {
  const head = `${method} ${path} HTTP/1.1\r\nHost: localhost:${port}\r\n`;
  if (body === undefined) return `${head}\r\n`;
  return `${head}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
