import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { RedisServer } from '../support/redis-server.js';
import type { Backend, Incident, Scene } from './incident.js';
import { networkIncidents } from './network-incidents.js';
import type { Post } from './scenario.js';
import { serverIncidents } from './server-incidents.js';

/** One Redis server, with a proxy in front of it for every worker whose network is to fail. */
export class SingleServer implements Backend {
  private constructor(
    readonly redis: RedisServer,
    /** By place. */
    private readonly proxies: readonly FaultyProxy[],
    private readonly folder: string,
  ) {}

  /** `places`: how many workers get a proxy; without one, a worker's network is sound and fast. */
  static async start(places: number): Promise<SingleServer> {
    const folder = mkdtempSync(join(tmpdir(), 'nuthatch-consistency-'));
    const redis = await RedisServer.start({ dir: folder });
    const proxies = await Promise.all(Array.from({ length: places }, () => FaultyProxy.start(redis.port)));
    return new SingleServer(redis, proxies, folder);
  }

  redisOf(role: Post['role'], place: number): Post['redis'] {
    const proxy = role === 'worker' ? this.proxies[place] : undefined;
    return { url: (proxy ?? this.redis).url };
  }

  incidents(scene: Scene): readonly Incident[] {
    return [...serverIncidents(this, scene), ...networkIncidents(this.proxies, scene)];
  }

  /** The next start of the server finds no data. */
  forgetSnapshot(): void {
    rmSync(join(this.folder, 'dump.rdb'), { force: true });
  }

  async stop(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
    await this.redis.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
