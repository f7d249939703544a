import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

// `read` fails when the other end of the pipe is gone, however it went. The last line read is the process to
// kill, an empty line none.
const SCRIPT = `
trap '' INT TERM HUP
while read -r line; do pid=$line; done
[ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null
[ -n "$1" ] && rm -rf -- "$1"
exit 0`;

/**
 * A small shell beside a child process, which kills it when this process is gone, and removes its folder.
 * Exit handlers are not enough: a crash, a SIGKILL and jest's own `process` object skip them, and a stopped
 * (SIGSTOP) child notices nothing of its parent's death.
 */
export class Guard {
  private readonly shell: ChildProcess;

  /** @param folder - a folder that goes with the child; it is removed with all it holds */
  constructor(folder = '') {
    this.shell = spawn('/bin/sh', ['-c', SCRIPT, 'guard', folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      // Its own process group: what is sent to the group of the tests must not hit the guard first.
      detached: true,
    });
    this.shell.unref();
    // Writing to a guard that somebody killed is no reason to crash.
    this.shell.stdin?.on('error', () => undefined);
  }

  /** Names the process to kill, in place of the one before. */
  watch(pid: number): void {
    this.shell.stdin?.write(`${pid}\n`);
  }

  /** The process ended by itself: its number may soon be another's. */
  forget(): void {
    this.shell.stdin?.write('\n');
  }

  /** Does now what the death of this process would do, and waits for it. */
  async close(): Promise<void> {
    if (this.shell.exitCode !== null || this.shell.signalCode !== null) return;
    this.shell.ref();
    const exited = once(this.shell, 'exit');
    this.shell.stdin?.end();
    await exited;
  }
}
