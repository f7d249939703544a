import { RedisServer } from './redis-server.js';
import { untilAnswered } from './resp.js';

export interface RedisSentinelsOptions {
  readonly replicas?: number;
  readonly sentinels?: number;
}

const HOST = '127.0.0.1';
const NAME = 'nut';
// Votes that were split are repeated after twice the `failover-timeout`.
const FAILOVER_MS = 30_000;
const FAST_REPLICATION = ['--repl-diskless-sync-delay', '0'];
// How often sentinels look and talk. Their own periods, of up to 10 s, suit a data centre, not a test. The period of
// pings stays: what a sentinel knows of a replica is out of date after five of them, and then none is good enough.
const PERIODS_MS = ['INFO-PERIOD', '200', 'ASK-PERIOD', '100', 'PUBLISH-PERIOD', '200'];

/**
 * A master with its replicas, and the sentinels that watch them, all real.
 * What a client has to do when the sentinels choose another master shows only with real ones: they close
 * connections, publish, and leave the old master writable for a moment.
 */
export class RedisSentinels {
  readonly name = NAME;

  private constructor(
    private readonly servers: readonly RedisServer[],
    private readonly watchers: readonly RedisServer[],
  ) {}

  /** Starts all and resolves when every replica follows and every sentinel knows all the others. */
  static async start({ replicas = 1, sentinels = 3 }: RedisSentinelsOptions = {}): Promise<RedisSentinels> {
    const wanted = Array.from({ length: replicas + 1 }, () => ({ args: FAST_REPLICATION }));
    const servers = await RedisServer.startAll(wanted);
    let watchers: RedisServer[] = [];
    try {
      await follow(servers);
      const config = configOf(servers[0]?.port ?? 0, sentinels);
      watchers = await RedisServer.startAll(
        Array.from({ length: sentinels }, () => ({ args: ['--sentinel'], config })),
      );
      const set = new RedisSentinels(servers, watchers);
      await set.ready();
      return set;
    } catch (error) {
      await stopAll([...watchers, ...servers]);
      throw error;
    }
  }

  /** Where a client finds the sentinels. */
  get sentinels(): { host: string; port: number }[] {
    return this.watchers.map(({ port }) => ({ host: HOST, port }));
  }

  /** The server that all sentinels name as the master. */
  async master(): Promise<RedisServer> {
    return untilAnswered(() => this.named(), 'all sentinels name the same master');
  }

  /** The other servers that run. */
  async replicas(): Promise<RedisServer[]> {
    const master = await this.master();
    return this.servers.filter((server) => server !== master && server.pid !== undefined);
  }

  /**
   * Has the sentinels choose another master, and resolves with it when all of them name it and it can be written.
   * `graceful` asks a sentinel and also waits until the old master follows the new one; `kill` ends the old
   * master as a crash would, and a test may `restart` it.
   */
  async failover(how: 'graceful' | 'kill'): Promise<RedisServer> {
    const old = await this.master();
    if (how === 'kill') await old.kill();
    else await this.ask('SENTINEL', 'FAILOVER', NAME);
    const promoted = await untilAnswered(
      async () => {
        const named = await this.named();
        if (named === undefined || named === old) return undefined;
        // A write that changes nothing; a replica refuses it.
        await named.command('DEL', '');
        return named;
      },
      'the sentinels name another master, which can be written',
      FAILOVER_MS,
    );
    if (how === 'graceful') await isFollowing(old, promoted.port);
    return promoted;
  }

  async stop(): Promise<void> {
    await stopAll([...this.watchers, ...this.servers]);
  }

  private async ready(): Promise<void> {
    const others = this.watchers.length - 1;
    const replicas = this.servers.length - 1;
    const known = [`num-other-sentinels\n${others}\n`, `num-slaves\n${replicas}\n`, 'flags\nmaster\n'];
    await Promise.all(
      this.watchers.map(async (watcher) => {
        // Redis 6.2 has no such command: there it takes a few seconds more.
        await watcher.command('SENTINEL', 'DEBUG', ...PERIODS_MS).catch(() => undefined);
        await untilAnswered(async () => {
          const master = await watcher.command('SENTINEL', 'MASTER', NAME);
          return known.every((line) => master.includes(line)) || undefined;
        }, 'a sentinel knows the replicas and the other sentinels');
      }),
    );
  }

  /** A sentinel refuses while it does not yet know a replica that is good enough. */
  private ask(...args: string[]): Promise<string> {
    const [first] = this.watchers;
    return untilAnswered(async () => first?.command(...args), `a sentinel accepts ${args.join(' ')}`);
  }

  /** What the sentinels that run name, if they agree. */
  private async named(): Promise<RedisServer | undefined> {
    const running = this.watchers.filter(({ pid }) => pid !== undefined);
    const addresses = await Promise.all(
      running.map((watcher) => watcher.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)),
    );
    const [port, ...others] = new Set(addresses.map((address) => Number(address.split('\n')[1])));
    return others.length === 0 ? this.servers.find((server) => server.port === port) : undefined;
  }
}

function configOf(masterPort: number, sentinels: number): string {
  return [
    `sentinel monitor ${NAME} ${HOST} ${masterPort} ${Math.floor(sentinels / 2) + 1}`,
    `sentinel down-after-milliseconds ${NAME} 500`,
    `sentinel failover-timeout ${NAME} 2000`,
    '',
  ].join('\n');
}

/** Not by an argument of the server: a promoted replica that restarts must not go back to the first master. */
async function follow([master, ...replicas]: readonly RedisServer[]): Promise<void> {
  const port = master?.port ?? 0;
  await Promise.all(replicas.map((replica) => replica.command('REPLICAOF', HOST, String(port))));
  await Promise.all(replicas.map((replica) => isFollowing(replica, port)));
}

async function isFollowing(replica: RedisServer, masterPort: number): Promise<void> {
  await untilAnswered(async () => {
    const info = await replica.command('INFO', 'replication');
    return (info.includes(`master_port:${masterPort}\r`) && info.includes('link_status:up')) || undefined;
  }, `the server of port ${replica.port} follows the one of port ${masterPort}`);
}

/** At once: a master that ends in order waits for its replicas, and nobody needs the data any more. */
async function stopAll(servers: readonly RedisServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.kill().then(() => server.stop())));
}
