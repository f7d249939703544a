import type { CompanionMessage } from './start.js';

/** What a companion does: `start` makes it ready, `stop` undoes that, as far as it came. */
export interface CompanionWork<Input, Ready> {
  start(input: Input): Promise<Ready>;
  stop(): Promise<void>;
}

/**
 * The child's side of `startCompanion`: does the work until the parent lets go of it, or is gone.
 * Ctrl-C reaches every process of a terminal's foreground group, so it is left to the parent to decide.
 */
export async function serveParent<Input, Ready>(work: CompanionWork<Input, Ready>): Promise<void> {
  if (!process.send) throw new Error('This module runs as a child of another process only.');
  if (!process.connected) process.exit(0); // the parent went away while this child was still loading its modules
  process.on('SIGINT', () => undefined);
  process.once('disconnect', () => {
    void work.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
  try {
    say({ kind: 'ready', ready: await work.start(JSON.parse(process.argv[2] ?? '{}') as Input) });
  } catch (error) {
    say({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
  }
}

function say(message: CompanionMessage): void {
  if (process.connected) process.send?.(message);
}
