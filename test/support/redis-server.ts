import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AUTHORITY, SERVER_CERTIFICATE, SERVER_KEY } from './certificates.js';
import { freePort } from './free-port.js';
import { Guard } from './guard.js';
import { RespError, asText, respCommand } from './resp.js';

export interface RedisServerOptions {
  /** Default: a free one, another one if somebody takes it first. */
  readonly port?: number;
  /** More arguments of `redis-server`, such as `['--appendonly', 'yes']`; they win over the defaults. */
  readonly args?: readonly string[];
  /** Where the server keeps its files. Default: a temporary folder of its own; a given one is never removed. */
  readonly dir?: string;
  /**
   * The text of a configuration file in that folder, for a server that has to have one, as a sentinel does. The
   * server may rewrite it, so a restart finds what the server wrote last.
   */
  readonly config?: string;
  /** Speaks TLS on a second port, and wants to see the certificate of whoever connects there, or does not. */
  readonly tls?: 'with client certificates' | 'without client certificates';
}

const CONFIG_FILE = 'redis-server.conf';
const START_MS = 15_000;
const STOP_MS = 5_000;
const START_ATTEMPTS = 3;

/**
 * A real `redis-server` of a test, as a child process on a port of 127.0.0.1.
 * Each test file owns its servers, so it may freeze and kill them. Without persistence unless `args` ask for
 * it: a restart then loses the data, as a cache must expect. No server outlives the process that started it.
 */
export class RedisServer {
  private child: ChildProcess | undefined;
  private stopped = false;

  private constructor(
    readonly port: number,
    private readonly dir: string,
    private readonly args: readonly string[],
    private readonly guard: Guard,
  ) {}

  /** Where TLS is spoken, for a server that was started with `tls`. */
  get tlsPort(): number {
    return Number(this.args[this.args.indexOf('--tls-port') + 1]);
  }

  /** Starts a server and waits until it answers. Rejects with the server's own log when it does not. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const { port, dir } = options;
    for (let attempt = 1; ; attempt += 1) {
      const folder = folderFor(options);
      const guard = new Guard(dir === undefined ? folder : '');
      const args = [...(await tlsArguments(options, folder)), ...(options.args ?? [])];
      const server = new RedisServer(port ?? (await freePort()), folder, args, guard);
      try {
        await server.spawn();
        return server;
      } catch (error) {
        await guard.close();
        if (port !== undefined || attempt === START_ATTEMPTS) throw error;
      }
    }
  }

  /** Starts several servers at once: all of them, or none when one does not start. */
  static async startAll(wanted: readonly RedisServerOptions[]): Promise<RedisServer[]> {
    const starts = await Promise.allSettled(wanted.map((options) => RedisServer.start(options)));
    const servers = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    const failed = starts.find((start) => start.status === 'rejected');
    if (failed === undefined) return servers;
    await Promise.all(servers.map((server) => server.stop()));
    throw failed.reason;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** The process id while a process exists, frozen or not. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Ends the server in order and removes its temporary folder. Stopping a stopped server does nothing. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.end('SIGTERM');
    await this.guard.close();
  }

  /** Ends the server at once, as a crash would; `restart` brings it back, `stop` removes its folder. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** The process stops running but keeps its connections: the network fault that answers nothing. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  /** Lets a frozen server go on; it answers what piled up meanwhile. */
  thaw(): void {
    this.signal('SIGCONT');
  }

  /** Ends the server in order, if it runs, and starts it again on the same port and folder. */
  async restart(): Promise<void> {
    if (this.stopped)
      throw new Error('a stopped server has no folder and no guard any more: start a new one');
    await this.end('SIGTERM');
    await this.spawn();
  }

  /**
   * Sends one command over a connection of its own. The reply is text as `redis-cli` prints it into a pipe:
   * nil is empty, an array has one item per line. An error reply rejects.
   */
  async command(...args: string[]): Promise<string> {
    return asText(await respCommand(this.port, args));
  }

  private async spawn(): Promise<void> {
    const log = openSync(this.logFile, 'a');
    const child = spawn(process.env.REDIS_SERVER_BIN || 'redis-server', this.commandLine(), {
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    // A forgotten server must not keep the test run from ending: the guard ends the server then.
    child.unref();
    child.once('exit', () => {
      if (this.child !== child) return;
      this.child = undefined;
      this.guard.forget();
    });
    await once(child, 'spawn');
    this.child = child;
    if (child.pid !== undefined) this.guard.watch(child.pid);
    await this.answers(child);
  }

  private commandLine(): string[] {
    const own = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.dir];
    const file = join(this.dir, CONFIG_FILE);
    const begin = existsSync(file) ? [file] : [];
    return [...begin, ...own, '--save', '', '--appendonly', 'no', ...this.args];
  }

  private get logFile(): string {
    return join(this.dir, 'redis-server.log');
  }

  private async answers(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + START_MS;
    while (Date.now() < deadline && child.exitCode === null && child.signalCode === null) {
      if (await isAnswering(this.port, child.pid)) return;
      await sleep(10);
    }
    const log = readFileSync(this.logFile, 'utf8').trim().split('\n').slice(-10).join('\n');
    await this.end('SIGKILL');
    throw new Error(`redis-server does not answer on port ${this.port}:\n${log}`);
  }

  private signal(signal: NodeJS.Signals): void {
    if (!this.child?.kill(signal)) throw new Error(`the redis-server of port ${this.port} is not running`);
  }

  private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.child;
    if (!child) return;
    child.ref();
    const exited = once(child, 'exit');
    child.kill(signal);
    // A frozen process gets no signal but SIGKILL before it goes on.
    child.kill('SIGCONT');
    const patience = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(patience);
  }
}

function folderFor({ dir, config }: RedisServerOptions): string {
  const folder = dir ?? mkdtempSync(join(tmpdir(), 'nuthatch-redis-'));
  if (config !== undefined) writeFileSync(join(folder, CONFIG_FILE), config);
  return folder;
}

/** What makes a server speak TLS, its certificates written into its folder. */
async function tlsArguments({ tls }: RedisServerOptions, folder: string): Promise<string[]> {
  if (tls === undefined) return [];
  const files = { 'ca-cert': AUTHORITY, cert: SERVER_CERTIFICATE, key: SERVER_KEY };
  const args = ['--tls-port', String(await freePort())];
  args.push('--tls-auth-clients', tls === 'with client certificates' ? 'yes' : 'no');
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, `${name}.pem`);
    writeFileSync(file, text);
    args.push(`--tls-${name}-file`, file);
  }
  return args;
}

/** Any answer of this very process will do, `NOAUTH` too; one that still loads its data is not ready. */
async function isAnswering(port: number, pid: number | undefined): Promise<boolean> {
  try {
    if ((await respCommand(port, ['PING'], 1_000)) !== 'PONG') return false;
    // Another server may have taken the port in between, and ours be about to notice.
    return asText(await respCommand(port, ['INFO', 'server'], 1_000)).includes(`process_id:${pid}\r\n`);
  } catch (error) {
    return error instanceof RespError && error.message.startsWith('NOAUTH');
  }
}
