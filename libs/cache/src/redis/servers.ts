import type { ScriptRun } from './connection.js';
import type { ServerLink } from './server-link.js';

/** In place of a reply: the keys of a script are on their way to another server, some here and some there. */
export const MOVING: unique symbol = Symbol('moving');

/** A script for the server of a key or tag. */
export interface NamedRun {
  readonly name: string;
  readonly run: ScriptRun;
}

/** The servers of a partition, by what they own: one, or the masters of a Cluster. The store finds each key's server here. */
export interface Servers {
  /** The link to the server of a key or tag, `undefined` while nobody knows which that is. */
  linkOf(name: string): ServerLink | undefined;
  /** `false` while the server of a key or tag may lack an invalidation of this process: nothing may be read there yet. */
  isSettled(name: string): boolean;
  /**
   * Runs a script on the server of a key or tag, wherever that is by now. Resolves to `MOVING` when it had to run on two
   * servers at once, which a script of one key never has to. Rejects like `ServerLink.send`.
   */
  run(name: string, run: ScriptRun, reply?: 'text' | 'bytes'): Promise<unknown>;
  /** Scripts of one key each, those for one server together. In a Cluster `undefined` stands for one that got no answer. */
  runEach(runs: readonly NamedRun[]): Promise<readonly unknown[]>;
  /**
   * Runs scripts that may run twice, those for one server in one go, and says of each whether a replica has what it wrote.
   * `undefined`: it may not have been executed at all, and is to be run the plain way.
   */
  replicated(runs: readonly NamedRun[], timeoutMs: number): Promise<readonly (boolean | undefined)[]>;
}

/** One server, or the master of a Sentinel set: it owns everything. */
export class OneServer implements Servers {
  constructor(private readonly link: ServerLink) {}

  linkOf(_name: string): ServerLink {
    return this.link;
  }

  isSettled(_name: string): boolean {
    return true;
  }

  run(_name: string, run: ScriptRun, reply: 'text' | 'bytes' = 'text'): Promise<unknown> {
    return this.link.script(run, reply);
  }

  runEach(runs: readonly NamedRun[]): Promise<readonly unknown[]> {
    return Promise.all(runs.map(({ run }) => this.link.script(run)));
  }

  async replicated(runs: readonly NamedRun[], timeoutMs: number): Promise<readonly (boolean | undefined)[]> {
    const sure = await isReplicated(
      this.link,
      runs.map(({ run }) => run),
      timeoutMs,
    );
    return runs.map(() => sure);
  }
}

/** Whether a replica has what scripts wrote; whatever goes wrong, they may be run again. */
export function isReplicated(
  link: ServerLink,
  runs: readonly ScriptRun[],
  timeoutMs: number,
): Promise<boolean | undefined> {
  return link.replicated(runs, timeoutMs).catch(() => undefined);
}

/** The servers of many names, each with the places of its names among all of them. Names without a server are left out. */
export function placesByServer(
  names: readonly string[],
  linkOf: (name: string) => ServerLink | undefined,
): Map<ServerLink, number[]> {
  const places = new Map<ServerLink, number[]>();
  for (const [place, name] of names.entries()) {
    const link = linkOf(name);
    if (link === undefined) continue;
    const known = places.get(link);
    if (known === undefined) places.set(link, [place]);
    else known.push(place);
  }
  return places;
}
