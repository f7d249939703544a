/** How often the event loop is asked whether it still turns, in milliseconds. */
const EVERY_MS = 2;

/** How long the event loop stood still at most, in milliseconds. */
export interface LoopDelay {
  readonly ms: number;
  /** Without what other processes took of the machine meanwhile: the part in which this one was at work. */
  readonly ownMs: number;
}

/** The longest times that the event loop of this process stood still while something was done. */
export async function loopDelay(work: () => Promise<unknown>): Promise<LoopDelay> {
  let [ms, ownMs] = [0, 0];
  let [at, used] = [performance.now(), cpuMs()];
  const timer = setInterval(() => {
    const [now, usedNow] = [performance.now(), cpuMs()];
    const passed = now - at - EVERY_MS;
    ms = Math.max(ms, passed);
    ownMs = Math.max(ownMs, Math.min(passed, usedNow - used));
    [at, used] = [now, usedNow];
  }, EVERY_MS);
  try {
    await work();
    // what the work has left for the next turn belongs to it
    await new Promise((resolve) => setTimeout(resolve, 10 * EVERY_MS));
  } finally {
    clearInterval(timer);
  }
  return { ms, ownMs };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
