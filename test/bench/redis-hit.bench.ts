import { Redis } from 'ioredis';
import type { Contest } from './measure.js';
import { makeRow, startSubject } from './subject.js';

const KEYS = 4_096;

/**
 * A hit from Redis through a decorated method, against ioredis with auto-pipelining, GET and JSON.parse.
 * `callers` run at once, each reading key after key.
 */
export async function redisHit(name: string, callers: number): Promise<Contest> {
  const subject = await startSubject();
  const redis = new Redis(subject.url, { enableAutoPipelining: true });
  for (let id = 0; id < KEYS; id++) {
    await redis.set(`bare:${id}`, JSON.stringify(makeRow(id)));
    await subject.rows.fromRedis(id);
  }
  const { rows } = subject;
  return {
    name,
    ours: (count) => inParallel(callers, count, (i) => rows.fromRedis(i % KEYS)),
    baseline: (count) =>
      inParallel(
        callers,
        count,
        async (i) => JSON.parse((await redis.get(`bare:${i % KEYS}`)) ?? '') as unknown,
      ),
    close: async () => {
      redis.disconnect();
      await subject.close();
    },
  };
}

async function inParallel(
  callers: number,
  count: number,
  one: (i: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const caller = async () => {
    for (let i = next++; i < count; i = next++) await one(i);
  };
  await Promise.all(Array.from({ length: callers }, caller));
}
