import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/**
 * A way to Redis on which the invalidation channel can be held up: commands are answered as ever, but what the server
 * publishes arrives only when it is let through. So is a process whose network is slow for a moment.
 */
export class DeafProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #held: (() => void)[] | undefined;

  private constructor(target: number) {
    this.#server = createServer((client) => this.#serve(client, connect(target, '127.0.0.1')));
  }

  static async open(target: number): Promise<DeafProxy> {
    const proxy = new DeafProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on nothing that is published arrives. */
  hold(): void {
    this.#held ??= [];
  }

  /** Everything that was held up arrives, in order. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const deliver of held) deliver();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(client: Socket, server: Socket): void {
    let subscribed = false;
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
    client.on('data', (data) => {
      subscribed ||= /subscribe/i.test(data.toString('latin1'));
      server.write(data);
    });
    server.on('data', (data) => {
      if (subscribed && this.#held !== undefined) this.#held.push(() => client.write(data));
      else client.write(data);
    });
  }
}
