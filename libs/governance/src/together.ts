/** Bars a part of the cache, runs what it is given, and frees that part again, whatever came of it. */
export type Bar<T> = (work: () => Promise<T>) => Promise<T>;

/**
 * Runs work inside several bars that begin and end at the same time: it starts when the last has begun, and what it came to is
 * told when the last has ended. One inside the other they would cost a round trip each.
 */
export async function together<T>(bars: readonly Bar<T>[], work: () => Promise<T>): Promise<T> {
  if (bars.length === 0) return work();
  let start: () => void = () => undefined;
  let giveUp: (error: unknown) => void = () => undefined;
  const done = new Promise<T>((resolve, reject) => {
    start = () => resolve(work());
    giveUp = reject;
  });
  let toBegin = bars.length;
  const inside = (): Promise<T> => {
    toBegin -= 1;
    if (toBegin === 0) start();
    return done;
  };
  // one that fails before it has begun must not leave the others waiting
  const ends = await Promise.allSettled(
    bars.map((bar) =>
      bar(inside).catch((error: unknown) => {
        giveUp(error);
        throw error;
      }),
    ),
  );
  const value = await done;
  // one that fails at its end has not freed what it barred, and that must not go unheard
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return value;
}
