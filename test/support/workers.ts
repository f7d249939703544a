import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { Guard } from './guard.js';

/** What a worker offers: its file exports the type of the object it passes to `serveWorker`. */
export type WorkerMethods = Record<string, (...args: never[]) => unknown>;

type Arguments<M extends WorkerMethods, K extends keyof M> = Parameters<M[K]>;
type Answer<M extends WorkerMethods, K extends keyof M> = Promise<Awaited<ReturnType<M[K]>>>;

interface Request {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

type Response =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly message: string; readonly stack: string | undefined };

interface Waiter {
  readonly method: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const STOP_MS = 5_000;
const OUTPUT_MS = 500;
const OUTPUT_LIMIT = 64 * 1024;

/**
 * Starts another process of the application under test: a compiled module below test/.out, in plain Node.
 *
 * @param modulePath - the worker's source below test/, such as `support/echo.worker.ts`
 * @param env - variables that are added to those of this process
 */
export function spawnWorker<M extends WorkerMethods>(
  modulePath: string,
  env: Record<string, string> = {},
): Worker<M> {
  const compiled = join(repositoryRoot(), 'test/.out/test', modulePath.replace(/\.ts$/, '.js'));
  if (!existsSync(compiled)) throw new Error(`${compiled} does not exist: compile it with npx tsc -b`);
  return new Worker<M>(modulePath, compiled, env);
}

/** A process that answers calls. It dies with this one. */
export class Worker<M extends WorkerMethods> {
  /** Settles when the process is gone, whoever ended it. */
  readonly exited: Promise<Exit>;
  private readonly child: ChildProcess;
  private readonly guard = new Guard();
  private readonly waiters = new Map<number, Waiter>();
  private lastId = 0;
  private written = '';

  constructor(
    private readonly name: string,
    compiled: string,
    env: Record<string, string>,
  ) {
    this.child = fork(compiled, [], {
      env: { ...process.env, ...env },
      // Not jest's own flags; and an application logs to its output, which belongs to the test, not to the run.
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Map, Date, BigInt and undefined arrive as they were sent; JSON would lose them.
      serialization: 'advanced',
    });
    if (this.child.pid !== undefined) this.guard.watch(this.child.pid);
    const outputs = [this.child.stdout, this.child.stderr] as Socket[];
    for (const stream of outputs) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        this.written = (this.written + chunk).slice(-OUTPUT_LIMIT);
      });
      stream.unref();
    }
    this.child.on('message', (message) => this.settle(message as Response));
    // Without a listener, what could not be sent to a process that just died would end the test run.
    this.child.on('error', () => undefined);
    this.exited = this.watchExit(outputs);
    // A forgotten worker must not keep the test run from ending; a call that waits does.
    this.child.unref();
    this.child.channel?.unref();
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** The end of what the process wrote to stdout and stderr. */
  get output(): string {
    return this.written;
  }

  /** Calls a method of the worker; rejects with its error, or when the process ends before it answered. */
  call<K extends keyof M & string>(method: K, ...args: Arguments<M, K>): Answer<M, K> {
    const answer = new Promise<unknown>((resolve, reject) => {
      if (!this.child.connected) return reject(new Error(`${this.name} is gone: ${method} cannot be called`));
      this.lastId += 1;
      const request: Request = { id: this.lastId, method, args };
      this.child.send(request, (error) => error && reject(error));
      this.waiters.set(request.id, { method, resolve, reject });
      this.child.channel?.ref();
    });
    return answer as Answer<M, K>;
  }

  /** Sends a signal. SIGSTOP and SIGCONT freeze and thaw the process, SIGKILL is a crash. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.child.kill(signal);
  }

  /** Ends the process by closing its channel, and by SIGKILL when it does not go. */
  async stop(): Promise<Exit> {
    this.child.ref();
    if (this.child.connected) this.child.disconnect();
    this.child.kill('SIGCONT');
    const patience = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    const exit = await this.exited;
    clearTimeout(patience);
    return exit;
  }

  private settle(response: Response): void {
    const waiter = this.waiters.get(response.id);
    this.waiters.delete(response.id);
    if (this.waiters.size === 0) this.child.channel?.unref();
    if (!waiter) return;
    if (response.ok) return waiter.resolve(response.value);
    const error = new Error(response.message);
    error.stack = `${this.name} ${waiter.method}: ${response.stack ?? response.message}`;
    waiter.reject(error);
  }

  private async watchExit(outputs: Socket[]): Promise<Exit> {
    const exit = await new Promise<Exit>((resolve) =>
      this.child.once('exit', (code, signal) => resolve({ code, signal })),
    );
    this.guard.forget();
    await this.guard.close();
    // The rest of the output; a grandchild may hold the streams open for longer. The 'close' event of the child
    // would say the same, but does not come when this side closed the channel.
    const patience = AbortSignal.timeout(OUTPUT_MS);
    await Promise.allSettled(outputs.map((stream) => finished(stream, { signal: patience })));
    for (const { method, reject } of this.waiters.values()) {
      reject(
        new Error(
          `${this.name} ended (${exit.signal ?? exit.code}) before ${method} answered\n${this.written}`,
        ),
      );
    }
    this.waiters.clear();
    return exit;
  }
}

/** The worker's side: answers the calls of the process that started it, and ends with it. */
export function serveWorker(methods: WorkerMethods): void {
  if (!process.send) throw new Error('a worker is started by spawnWorker: there is no channel to answer on');
  process.on('disconnect', () => process.exit());
  process.on('message', (message) => {
    void answer(methods, message as Request).then((response) => process.send?.(response));
  });
}

async function answer(methods: WorkerMethods, { id, method, args }: Request): Promise<Response> {
  try {
    const wanted = methods[method] as ((...args: readonly unknown[]) => unknown) | undefined;
    if (!wanted) throw new Error(`the worker has no method ${method}`);
    return { id, ok: true, value: await wanted(...args) };
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { id, ok: false, message, stack };
  }
}

/** This file runs from test/support under jest and from test/.out/test/support in a worker. */
function repositoryRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package-lock.json'))) {
    if (folder === dirname(folder)) throw new Error('no package-lock.json above this file');
    folder = dirname(folder);
  }
  return folder;
}
