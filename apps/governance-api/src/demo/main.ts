import { parseArguments, USAGE, UsageError, type DemoArguments } from './arguments.js';
import { perform } from './perform.js';
import type { RedisServer } from './redis.js';
import { Stage } from './stage.js';

/** A terminal and npm both pass Ctrl-C on: what comes within this time is the same wish. */
const SAME_INTERRUPT_MS = 500;

/** Runs the demo. @returns the exit code: 0, 1 when a request or the demo itself failed, 2 for a wrong command line. */
export async function runDemo(argv: readonly string[], redisServer: RedisServer): Promise<number> {
  try {
    const args = parseArguments(argv);
    if (args !== 'help') return await run(args, redisServer);
    process.stdout.write(`${USAGE}\n`);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) return complain(`${error.message}\n\n${USAGE}`, 2);
    return complain(error instanceof Error ? error.message : String(error), 1);
  }
}

async function run(args: DemoArguments, redisServer: RedisServer): Promise<number> {
  const interrupted = new AbortController();
  const forget = onInterrupt(() => interrupted.abort());
  const stage = new Stage(redisServer, interrupted.signal);
  try {
    return (await perform(args, stage, interrupted.signal)) > 0 ? 1 : 0;
  } catch (error) {
    if (interrupted.signal.aborted) return 0;
    throw error;
  } finally {
    await stage.close();
    forget();
  }
}

/** The first Ctrl-C asks for an orderly end; one more, and the process goes at once, its children with it. */
function onInterrupt(interrupt: () => void): () => void {
  let first = 0;
  const listener = (): void => {
    if (first === 0) interrupt();
    else if (performance.now() - first > SAME_INTERRUPT_MS) process.exit(130);
    first ||= performance.now();
  };
  process.on('SIGINT', listener).on('SIGTERM', listener);
  return () => void process.off('SIGINT', listener).off('SIGTERM', listener);
}

function complain(message: string, code: number): number {
  process.stderr.write(`${message}\n`);
  return code;
}
