import { createRequire } from 'node:module';
import { idOf, isServing, nodesKnownTo } from './cluster-node.js';
import type { ClusterNode } from './cluster-node.js';
import { RedisServer } from './redis-server.js';
import type { RedisServerOptions } from './redis-server.js';
import { untilAnswered } from './resp.js';
import { SlotMove } from './slot-move.js';

const keySlot = createRequire(import.meta.url)('cluster-key-slot') as (key: string) => number;

export interface RedisClusterOptions {
  readonly masters?: number;
  readonly replicasEach?: number;
  /** `cluster-node-timeout`: a master that is silent this long may be replaced. */
  readonly nodeTimeoutMs?: number;
  /** The nodes speak TLS with each other, and with clients on the ports that they then tell. */
  readonly tls?: boolean;
}

export interface SlotMoveOptions {
  /** The slot stays half moved until `finishMove`: the source is migrating, the target importing. */
  readonly pauseAfter?: 'importing';
  /** With `pauseAfter`: the keys that have moved by then. Default: half of them, rounded up. */
  readonly moved?: readonly string[];
}

const HOST = '127.0.0.1';
const SLOTS = 16_384;
const ELECTION_MS = 10_000;

/**
 * A real Redis Cluster of `redis-server` children, formed without `redis-cli`.
 * Redirections, half-moved slots and promotions are answers of the servers to each other: no double knows them.
 */
export class RedisCluster {
  private readonly moves = new Map<number, SlotMove>();

  private constructor(
    /** All servers, those that were masters at the start first. */
    readonly servers: readonly RedisServer[],
    private readonly masterCount: number,
    private readonly tls: boolean,
  ) {}

  /** Starts a cluster and resolves when all nodes know each other and serve. */
  static async start(options: RedisClusterOptions = {}): Promise<RedisCluster> {
    const { masters = 3, replicasEach = 1, nodeTimeoutMs = 1_000, tls = false } = options;
    const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(nodeTimeoutMs)];
    args.push('--cluster-require-full-coverage', 'no', '--cluster-announce-ip', HOST);
    args.push('--repl-diskless-sync-delay', '0');
    if (tls) args.push('--tls-cluster', 'yes');
    const wanted: RedisServerOptions = tls ? { args, tls: 'without client certificates' } : { args };
    const count = masters * (1 + replicasEach);
    const servers = await RedisServer.startAll(Array.from({ length: count }, () => wanted));
    const cluster = new RedisCluster(servers, masters, tls);
    try {
      await cluster.form();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Where a client begins: those that were masters at the start. */
  get nodes(): { host: string; port: number }[] {
    return this.servers.slice(0, this.masterCount).map((one) => ({ host: HOST, port: this.portOf(one) }));
  }

  /** The masters that are not failed, as the nodes see them now. */
  async masters(): Promise<ClusterNode[]> {
    return (await this.seen()).filter(({ role }) => role === 'master');
  }

  /** The replicas that are not failed, as the nodes see them now. */
  async replicas(): Promise<ClusterNode[]> {
    return (await this.seen()).filter(({ role }) => role === 'replica');
  }

  slotOf(key: string): number {
    return keySlot(key);
  }

  /** The server that is now the master of a slot, given by number or by a key in it. */
  async serverOf(slotOrKey: number | string): Promise<RedisServer> {
    const slot = typeof slotOrKey === 'number' ? slotOrKey : this.slotOf(slotOrKey);
    const masters = await this.masters();
    const owner = masters.find(({ slots }) => slots.some(({ from, to }) => from <= slot && slot <= to));
    if (owner === undefined) throw new Error(`no master serves slot ${slot}`);
    return this.serverAt(owner.port);
  }

  serverAt(port: number): RedisServer {
    const server = this.servers.find((one) => one.port === port);
    if (server === undefined) throw new Error(`no node of this cluster has port ${port}`);
    return server;
  }

  command(port: number, ...args: string[]): Promise<string> {
    return this.serverAt(port).command(...args);
  }

  /** Moves a slot with its keys to another master while clients go on. */
  async moveSlot(slot: number, toMasterPort: number, options: SlotMoveOptions = {}): Promise<void> {
    const move = await SlotMove.begin(slot, await this.serverOf(slot), this.serverAt(toMasterPort));
    this.moves.set(slot, move);
    if (options.pauseAfter === undefined) return this.finishMove(slot);
    await move.some(options.moved);
  }

  /** Moves what is left of a paused move, and gives the slot to its new master. */
  async finishMove(slot: number): Promise<void> {
    const move = this.moves.get(slot);
    if (move === undefined) throw new Error(`slot ${slot} is not being moved`);
    await move.finish((await this.masters()).map(({ port }) => this.serverAt(port)));
    this.moves.delete(slot);
    await this.agree();
  }

  /**
   * Puts a replica in the place of its master, and resolves with it when all running nodes know and serve.
   * `graceful` loses nothing: the old master becomes its replica. `kill` ends the master as a crash would; a
   * test may `restart` it, and then wait until the cluster is `ready`.
   */
  async failover(masterPort: number, how: 'graceful' | 'kill'): Promise<RedisServer> {
    const nodes = await this.seen();
    const master = nodes.find(({ port }) => port === masterPort);
    const followers = nodes.filter(({ masterId }) => masterId !== undefined && masterId === master?.id);
    const replicas = followers.map(({ port }) => this.serverAt(port));
    const [successor] = replicas;
    if (successor === undefined) throw new Error(`the master of port ${masterPort} has no replica`);
    if (how === 'graceful') await successor.command('CLUSTER', 'FAILOVER');
    else await this.serverAt(masterPort).kill();
    const promoted = await promotedOf(replicas).catch(async (error) => {
      if (how === 'graceful') throw error;
      // No majority is left to vote.
      await successor.command('CLUSTER', 'FAILOVER', 'TAKEOVER');
      return promotedOf(replicas);
    });
    await this.ready();
    return promoted;
  }

  /** Resolves when all nodes that are not failed tell the same, serve, and have their replication up. */
  async ready(): Promise<void> {
    const servers = (await this.agree()).map(({ port }) => this.serverAt(port));
    const serving = async () => (await Promise.all(servers.map(isServing))).every(Boolean) || undefined;
    await untilAnswered(serving, 'all nodes of the cluster serve');
  }

  async stop(): Promise<void> {
    // At once: a master that ends in order waits for its replicas, and nobody needs the data any more.
    await Promise.all(this.servers.map((server) => server.kill().then(() => server.stop())));
  }

  private portOf(server: RedisServer): number {
    return this.tls ? server.tlsPort : server.port;
  }

  private async form(): Promise<void> {
    const masters = this.servers.slice(0, this.masterCount);
    const replicas = this.servers.slice(this.masterCount);
    await each(this.servers, (index) => ['SET-CONFIG-EPOCH', index + 1]);
    await each(masters, (index) => ['ADDSLOTS', ...share(index, this.masterCount)]);
    // Everybody meets everybody: gossip alone would take seconds.
    for (const [index, one] of this.servers.entries())
      await each(this.servers.slice(index + 1), () => ['MEET', HOST, this.portOf(one)]);
    await this.agree();
    const ids = await Promise.all(masters.map(idOf));
    await each(replicas, (index) => ['REPLICATE', ids[index % ids.length] ?? '']);
    await this.ready();
  }

  /** What the nodes that answer tell, each its own view: a frozen one does not answer. */
  private async views(): Promise<ClusterNode[][]> {
    const running = this.servers.filter(({ pid }) => pid !== undefined);
    const views = await Promise.allSettled(running.map(nodesKnownTo));
    return views.flatMap((view) => (view.status === 'fulfilled' ? [view.value] : []));
  }

  /** The newest view: a master that was frozen or restarted does not know at once that it was replaced. */
  private async seen(): Promise<ClusterNode[]> {
    const epochOf = (view: ClusterNode[]) => Math.max(...view.map(({ epoch }) => epoch));
    const [newest] = (await this.views()).sort((one, other) => epochOf(other) - epochOf(one));
    if (newest === undefined) throw new Error('no node of the cluster answers');
    return newest;
  }

  /** Resolves when all nodes that are not failed know each other and tell the same, with what they tell. */
  private agree(): Promise<ClusterNode[]> {
    return untilAnswered(async () => {
      const views = await this.views();
      const [one = [], ...others] = new Map(views.map((view) => [JSON.stringify(view), view])).values();
      return others.length === 0 && views.length === one.length ? one : undefined;
    }, 'all nodes of the cluster tell the same about it');
  }
}

/** Sends each server a `CLUSTER` command of its own. */
async function each(
  servers: readonly RedisServer[],
  commandOf: (index: number) => readonly (string | number)[],
): Promise<void> {
  await Promise.all(
    servers.map((server, index) => server.command('CLUSTER', ...commandOf(index).map(String))),
  );
}

function promotedOf(replicas: readonly RedisServer[]): Promise<RedisServer> {
  const promoted = async () => {
    for (const replica of replicas)
      if ((await replica.command('INFO', 'replication')).includes('role:master')) return replica;
    return undefined;
  };
  return untilAnswered(promoted, 'a replica was promoted', ELECTION_MS);
}

/** The slots of one of several masters, in equal shares. */
function share(index: number, masters: number): number[] {
  const first = (of: number) => Math.floor((SLOTS * of) / masters);
  return Array.from({ length: first(index + 1) - first(index) }, (_, offset) => first(index) + offset);
}
