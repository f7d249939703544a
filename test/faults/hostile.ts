import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { atLeast, atMost, below, none } from './bars.js';
import type { Bar } from './bars.js';
import type { Hostile } from './hostile-values.js';
import { DEEP, LARGE, TAGGED, TYPED } from './hostile-values.js';
import { loopDelay } from './loop-delay.js';
import type { Scenario } from './scenario.js';
import type { Subject } from './subject.js';
import { faults } from './subject.js';
import { Table } from './table.js';

/** What no value may cost everybody else. */
const LONGEST_DELAY_MS = 100;
/** More than one call may be needed where the first is answered without Redis, but not many. */
const READS = 3;
/** No row is as long as that, and no harmful value as short. */
const ROW_BYTES = 10_000;
const HEALING_MS = 3_000;
const ATTEMPTS = 3;

export const hostile: Scenario = {
  name: 'hostile-bytes',
  about: 'somebody writes harmful bytes into the place of entries',
  run: async (world) => {
    const server = await world.redis();
    const subject = await world.subject({ redis: { url: server.url } });
    const traffic = await world.warmTraffic(subject, { perSecond: 200 });
    const redis = new Redis(server.port);
    world.ends(async () => redis.disconnect());
    const bars: Bar[] = [];
    for (const value of [...TYPED, ...DEEP, ...TAGGED, ...LARGE])
      bars.push(...(await meet(value, new Victim(subject, redis, `hostile-${bars.length}`))));
    return { traffic, bars };
  },
};

/** The row that somebody attacks, and a reader of it. */
class Victim {
  readonly #table = new Table();

  constructor(
    private readonly subject: Subject,
    readonly redis: Redis,
    private readonly id: string,
  ) {}

  get loads(): number {
    return this.#table.loads;
  }

  async read(): Promise<boolean> {
    const row = await this.subject.cache.getOrSet(faults.shared, [this.id], () => this.#table.load(this.id));
    return row.id === this.id;
  }

  async refused(): Promise<number> {
    return (await this.subject.stats()).values.invalidEntries;
  }

  /** The key of its entry, and what is there. */
  async entry(): Promise<[key: string, bytes: Buffer]> {
    for (;;) {
      await this.read();
      const [key] = await this.redis.keys(`*:v:*:${this.id}}`);
      const bytes = key === undefined ? null : await this.redis.getBuffer(key);
      if (key !== undefined && bytes !== null) return [key, bytes];
      await sleep(20);
    }
  }
}

/** What came of a harmful value. */
interface Encounter {
  readonly delayMs: number;
  readonly wrong: number;
  readonly refused: number;
  readonly healing: number;
  readonly loadsWhenHealed: number;
}

/** A reader meets one harmful value; again where it may be the machine that was busy. */
async function meet(value: Hostile, victim: Victim): Promise<Bar[]> {
  const { what } = value;
  const [key, real] = await victim.entry();
  let seen: Encounter;
  let attempt = 0;
  do seen = await encounter(() => value.plant(victim.redis, key, real), victim, key);
  while (seen.delayMs >= LONGEST_DELAY_MS && ++attempt < ATTEMPTS);
  return [
    below(`event loop still at ${what}, ms`, seen.delayMs, LONGEST_DELAY_MS, 'time'),
    none(`wrong answers at ${what}`, seen.wrong),
    atLeast(`refused and counted: ${what}`, seen.refused, 1),
    atMost(`loads until healed of ${what}`, seen.healing, 2),
    none(`loads when healed of ${what}`, seen.loadsWhenHealed),
    atMost(`bytes in its place, ${what}`, await victim.redis.strlen(key), ROW_BYTES),
  ];
}

async function encounter(plant: () => Promise<unknown>, victim: Victim, key: string): Promise<Encounter> {
  const refused = await victim.refused();
  await plant();
  await sleep(200);
  // what was needed to make it is not the reader's
  globalThis.gc?.();

  const loads = victim.loads;
  let wrong = 0;
  const { ownMs: delayMs } = await loopDelay(async () => {
    for (let i = 0; i < READS; i++) {
      if (!(await victim.read())) wrong++;
      await isShort(victim.redis, key);
    }
  });
  const healing = victim.loads - loads;
  await victim.read();
  const loadsWhenHealed = victim.loads - loads - healing;
  return { delayMs, wrong, refused: (await victim.refused()) - refused, healing, loadsWhenHealed };
}

/** Waits until what was too long is gone, though not for ever. */
async function isShort(redis: Redis, key: string): Promise<void> {
  const until = performance.now() + HEALING_MS;
  do await sleep(50);
  while (performance.now() < until && (await redis.strlen(key).catch(() => 0)) >= ROW_BYTES);
}
