import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

/** A child process of this one: it works for its parent, tells when it is ready, and ends with it. */
export interface Companion<Ready> {
  readonly ready: Ready;
  /** Resolves once the process is gone, whoever ended it. */
  readonly exited: Promise<void>;
  /** Asks it to end, and kills it when it has not after five seconds. */
  stop(): Promise<void>;
}

/** What a companion is started with. */
export interface CompanionOptions {
  /** What messages call it. */
  readonly what: string;
  /** The compiled module it runs, relative to the compiled sources: `database/pglite.child.js`. */
  readonly entry: string;
  /** Handed to it as its only argument. */
  readonly input?: unknown;
  readonly env?: NodeJS.ProcessEnv;
  /** How long it may take to become ready, in milliseconds. */
  readonly timeoutMs?: number;
  /** Whether what it logs is passed on to this process's error output. */
  readonly logs?: boolean;
  /** Gives up waiting for it to become ready. */
  readonly signal?: AbortSignal;
}

/** What a companion says to its parent, once. */
export type CompanionMessage =
  { readonly kind: 'ready'; readonly ready: unknown } | { readonly kind: 'failed'; readonly reason: string };

const STOP_WITHIN_MS = 5_000;
const GIVE_UP_WITHIN_MS = 500;
const REMEMBERED_ERROR_CHARACTERS = 2_000;

/**
 * Starts a companion and waits until it is ready.
 * It keeps no event loop alive: a parent that forgets to stop it still exits, and it then ends by itself.
 * @throws Error with the end of its error output when it fails, exits or is not ready in time.
 */
export async function startCompanion<Ready>(options: CompanionOptions): Promise<Companion<Ready>> {
  const child = fork(entryPath(options), [JSON.stringify(options.input ?? {})], {
    env: options.env ?? process.env,
    execArgv: [],
    stdio: ['ignore', options.logs ? 2 : 'ignore', 'pipe', 'ipc'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = (withinMs = STOP_WITHIN_MS): Promise<void> => stopChild(child, exited, withinMs);
  const giveUp = (): void => void stop(GIVE_UP_WITHIN_MS);
  options.signal?.addEventListener('abort', giveUp, { once: true });
  try {
    const ready = (await becomeReady(child, options)) as Ready;
    letGo(child);
    return { ready, exited, stop: () => stop() };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', giveUp);
  }
}

function entryPath(options: CompanionOptions): string {
  const compiled = new URL('../', import.meta.url).href.replace(/\/src\/$/, '/dist/');
  const path = fileURLToPath(new URL(options.entry, compiled));
  if (!existsSync(path))
    throw new Error(`${options.what} is not built: ${path} is missing; run "npx tsc -b" first.`);
  return path;
}

function becomeReady(child: ChildProcess, options: CompanionOptions): Promise<unknown> {
  const { what, timeoutMs = 60_000 } = options;
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    if (options.logs) process.stderr.write(chunk);
    else errors = (errors + chunk.toString()).slice(-REMEMBERED_ERROR_CHARACTERS);
  });
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      clearTimeout(timer);
      reject(new Error(`${what} ${reason}${errors && `\n${errors.trim()}`}`));
    };
    const timer = setTimeout(() => fail(`was not ready after ${timeoutMs} ms.`), timeoutMs);
    child.once('message', (message: CompanionMessage) => {
      if (message.kind === 'failed') return fail(`could not start: ${message.reason}`);
      clearTimeout(timer);
      resolve(message.ready);
    });
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => fail(`ended with ${signal ?? `code ${code}`} before it was ready.`));
  });
}

/** Keeps the child from keeping this process alive. */
function letGo(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
  (child.stderr as Socket | null)?.unref();
}

async function stopChild(child: ChildProcess, exited: Promise<void>, withinMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), withinMs);
  await exited;
  clearTimeout(timer);
}
