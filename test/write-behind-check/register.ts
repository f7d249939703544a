import { Redis } from 'ioredis';

const VERSION = (key: number) => `version:${key}`;
const OUTAGES = 'outages';
const WATCHED = 'watched';
/** How many keys are watched at a time. */
const WATCHED_AT_ONCE = 8;
const RAISE = `
  if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
`;

/** What had been acknowledged when a read begins. */
export interface Moment {
  /** The newest acknowledged version of the key. */
  readonly floor: number;
  /** How often Redis went and came back; odd: it is away. */
  readonly outages: number;
}

/** A register of what was acknowledged, on a server of its own that nothing happens to. All processes share it. */
export class Register {
  readonly #redis: Redis;

  constructor(url: string) {
    this.#redis = new Redis(url);
  }

  /** From when this resolves on, reads that begin must not see anything older. */
  async acknowledge(key: number, version: number): Promise<void> {
    await this.#redis.eval(RAISE, 1, VERSION(key), version);
  }

  /** Draws the attention of readers to a key. */
  async watch(key: number): Promise<void> {
    await this.#redis.lpush(WATCHED, key);
  }

  /** The keys that were watched last, or all that ever were. */
  async watched(which: 'last' | 'all'): Promise<readonly number[]> {
    return (await this.#redis.lrange(WATCHED, 0, which === 'all' ? -1 : WATCHED_AT_ONCE - 1)).map(Number);
  }

  async moment(key: number): Promise<Moment> {
    const [floor, outages] = await this.#redis.mget(VERSION(key), OUTAGES);
    return { floor: Number(floor ?? 0), outages: Number(outages ?? 0) };
  }

  /** Redis goes, or is there again for everybody. */
  async turn(): Promise<void> {
    await this.#redis.incr(OUTAGES);
  }

  close(): void {
    this.#redis.disconnect();
  }
}
