import type { Clock } from '../contracts/clock.js';
import { CacheError } from '../contracts/errors.js';

/**
 * The result of `work`, or a CacheError `REDIS_TIMEOUT` after `ms`.
 * The work goes on: a command that was sent cannot be taken back, and a late result is ignored. When the time is up, what
 * has arrived meanwhile still counts: a process that was busy or stopped runs its timers before it reads its sockets, and
 * would otherwise blame the server for its own delay.
 */
export function withDeadline<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const giveUp = () => reject(new CacheError('REDIS_TIMEOUT', `no answer within ${ms} ms`));
    const timer = clock.after(ms, () => setImmediate(giveUp));
    work.then(
      (value) => {
        timer.cancel();
        resolve(value);
      },
      (error: unknown) => {
        timer.cancel();
        reject(error instanceof Error ? error : new CacheError('REDIS_REFUSED', String(error)));
      },
    );
  });
}
