import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Requests are what a client sends, replies what it receives. */
export type Direction = 'requests' | 'replies';

const DIRECTIONS: readonly Direction[] = ['requests', 'replies'];
const HOST = '127.0.0.1';

/** What happens to one direction of all connections. */
interface Fault {
  swallows: boolean;
  delayMs: number;
}

/** Two sockets, and whether bytes between them were lost: then what follows makes no sense to a protocol. */
interface Connection {
  readonly client: Socket;
  readonly target: Socket;
  broken: boolean;
}

/**
 * A TCP proxy on a port of 127.0.0.1 that does to connections what a network can do to them.
 * A killed or frozen server shows other faults than its network: there the server goes on, and may have carried
 * out what was never answered.
 */
export class FaultyProxy {
  private readonly server: Server;
  private readonly connections = new Set<Connection>();
  private readonly faults: Record<Direction, Fault> = {
    requests: { swallows: false, delayMs: 0 },
    replies: { swallows: false, delayMs: 0 },
  };
  private refuses = false;

  private constructor(private targetPort: number) {
    this.server = createServer((client) => this.serve(client));
  }

  /** A proxy that passes everything on to a port of 127.0.0.1. */
  static async start(targetPort: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(targetPort);
    await new Promise<void>((resolve, reject) => {
      proxy.server.once('error', reject).listen(0, HOST, resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `redis://${HOST}:${this.port}`;
  }

  /** Destroys all connections; new ones are accepted. */
  cut(): void {
    for (const connection of this.connections) destroy(connection);
  }

  /** From now on new connections are destroyed at once; those that exist go on. */
  refuse(): void {
    this.refuses = true;
  }

  /** Ends `refuse`. */
  accept(): void {
    this.refuses = false;
  }

  /**
   * From now on the bytes of a direction vanish, and so does the news that its sender has closed; connections
   * stay open. Delayed bytes that are still on their way vanish too.
   */
  swallow(what: Direction | 'both'): void {
    for (const fault of this.faultsOf(what)) fault.swallows = true;
  }

  /** From now on bytes arrive this much later, in order. With `both` a round trip takes twice as long. */
  delay(ms: number, what: Direction | 'both' = 'both'): void {
    for (const fault of this.faultsOf(what)) fault.delayMs = ms;
  }

  /** Everything passes again; connections that lost bytes are destroyed, for their stream is broken. */
  heal(): void {
    this.accept();
    for (const fault of this.faultsOf('both')) Object.assign(fault, { swallows: false, delayMs: 0 });
    for (const connection of this.connections) if (connection.broken) destroy(connection);
  }

  /** New connections go to another port; those that exist stay where they are. */
  retarget(port: number): void {
    this.targetPort = port;
  }

  /** Destroys all connections and gives the port back. Closing a closed proxy does nothing. */
  async close(): Promise<void> {
    this.refuse();
    this.cut();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }

  private faultsOf(what: Direction | 'both'): Fault[] {
    return DIRECTIONS.filter((one) => what === 'both' || what === one).map((one) => this.faults[one]);
  }

  private serve(client: Socket): void {
    // A client that is gone already gives an error here, which nobody needs.
    client.on('error', () => undefined);
    if (this.refuses) return void client.destroy();
    const target = connect({ port: this.targetPort, host: HOST });
    target.on('error', () => undefined);
    const connection: Connection = { client, target, broken: false };
    this.connections.add(connection);
    for (const one of DIRECTIONS) this.pass(connection, one);
  }

  private pass(connection: Connection, direction: Direction): void {
    const { client, target } = connection;
    const [from, to] = direction === 'requests' ? [client, target] : [target, client];
    const lane = new Lane(this.faults[direction], () => (connection.broken = true));
    from.setNoDelay(true);
    from.on('data', (data) => lane.pass(() => to.write(data)));
    from.on('close', () => {
      lane.pass(() => to.end());
      if (to.destroyed) this.connections.delete(connection);
    });
  }
}

/** One direction of one connection: what enters it leaves it in order, late, or never. */
class Lane {
  private last: Promise<void> | undefined;

  constructor(
    private readonly fault: Readonly<Fault>,
    private readonly onLoss: () => void,
  ) {}

  pass(deliver: () => void): void {
    if (this.last === undefined && this.fault.delayMs === 0) return this.arrive(deliver);
    const due = Date.now() + this.fault.delayMs;
    // After the one before, also when the delay has become shorter since.
    const mine = (this.last ?? Promise.resolve())
      .then(() => sleep(Math.max(0, due - Date.now())))
      .then(() => {
        if (this.last === mine) this.last = undefined;
        this.arrive(deliver);
      });
    this.last = mine;
  }

  private arrive(deliver: () => void): void {
    if (this.fault.swallows) this.onLoss();
    else deliver();
  }
}

function destroy({ client, target }: Connection): void {
  client.destroy();
  target.destroy();
}
