import type { Redis } from 'ioredis';

/** How many names the server looks at for one answer: few enough that nobody else has to wait for it. */
const LOOKED_AT_ONCE = 500;

/** Gives the names of a server's keys to `visit`, a portion at a time; resolves to `false` when that wants no more. */
export async function scanNames(
  redis: Redis,
  pattern: string,
  visit: (names: readonly string[]) => Promise<boolean>,
): Promise<boolean> {
  let cursor = '0';
  do {
    const [next, names] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', LOOKED_AT_ONCE);
    cursor = next;
    if (!(await visit(names))) return false;
  } while (cursor !== '0');
  return true;
}
