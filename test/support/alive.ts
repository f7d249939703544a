import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 5_000;

/** Whether a process exists, frozen ones included. */
export function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0) && !isDefunct(pid);
  } catch {
    return false;
  }
}

/** Dead, but not yet fetched by its new parent: in a container the first process may never do it. */
function isDefunct(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && /\) Z /.test(readFileSync(stat, 'utf8'));
}

/** Waits until a condition holds, and answers whether it came to hold in time. */
export async function becomes(condition: () => boolean): Promise<boolean> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!condition() && Date.now() < deadline) await sleep(10);
  return condition();
}
