import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGLITE_POOL_SIZE, startPGlite } from 'governance-api';
import { freePort } from './free-port.js';
import { Guard } from './guard.js';

/** A PostgreSQL that several processes of an application share. */
export interface PostgresServer {
  readonly kind: 'given' | 'server' | 'pglite';
  readonly url: string;
  /** Connections that one process should open at most. */
  readonly poolSize: number;
  stop(): Promise<void>;
}

/** The server refuses to run as root, and then one of these runs it. */
const USERS = ['postgres', 'nobody'];
const POOL_SIZE = 10;
/** Nothing of it is to survive: it need not wait for its disk. */
const HASTE = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'];

/**
 * The database at hand: the one that DATABASE_URL names, else a real server in a temporary folder where `initdb` and
 * `pg_ctl` are on the PATH, else a PGlite. A check under load wants a server, for a PGlite runs one query at a time.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const { DATABASE_URL } = process.env;
  if (DATABASE_URL) return { kind: 'given', url: DATABASE_URL, poolSize: POOL_SIZE, stop: async () => {} };
  if ((await works(['initdb', '--version'])) && (await works(['pg_ctl', '--version']))) return startServer();
  const pglite = await startPGlite();
  return { kind: 'pglite', url: pglite.url, poolSize: PGLITE_POOL_SIZE, stop: () => pglite.stop() };
}

async function startServer(): Promise<PostgresServer> {
  const outer = mkdtempSync(join(tmpdir(), 'nuthatch-postgres-'));
  chmodSync(outer, 0o777); // the server may run as somebody else
  const [data, port] = [join(outer, 'data'), await freePort()];
  const guard = new Guard(outer);
  const as = await asUser();
  try {
    await run([...as, 'initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync']);
    const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', ...HASTE];
    const options = settings.map((setting) => `-c ${setting}`).join(' ');
    await run([...as, 'pg_ctl', '-D', data, '-w', '-l', join(outer, 'log'), '-o', options, 'start']);
    guard.watch(Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]));
  } catch (error) {
    await guard.close();
    throw error;
  }
  const stop = async () => {
    // a killed server would leave its shared memory behind
    await run([...as, 'pg_ctl', '-D', data, '-m', 'immediate', 'stop']).finally(() => guard.close());
  };
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres?sslmode=disable`;
  return { kind: 'server', url, poolSize: POOL_SIZE, stop };
}

/** What stands before a command so that it does not run as root. */
async function asUser(): Promise<string[]> {
  if (process.getuid?.() !== 0) return [];
  for (const user of USERS) {
    if (await works(['id', '-u', user])) return ['runuser', '-u', user, '--'];
  }
  throw new Error(`root cannot run PostgreSQL, and none of the users ${USERS.join(', ')} exists`);
}

function works(command: string[]): Promise<boolean> {
  return run(command).then(
    () => true,
    () => false,
  );
}

function run([program = '', ...args]: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    // Not pipes: the server inherits its starter's output, and a pipe would stay open as long as the server.
    const child = spawn(program, args, { cwd: tmpdir(), stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${[program, ...args].join(' ')} ended with code ${code}`)),
    );
  });
}
