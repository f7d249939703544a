import type { Redis } from 'ioredis';
import type { Clock } from '../contracts/clock.js';
import { withDeadline } from '../resilience/deadline.js';
import type { ClusterMasters } from './cluster-masters.js';
import type { ClusterNames } from './cluster-names.js';
import { ClusterRouting, NoServer, orRedirect } from './cluster-routing.js';
import type { ScriptRun } from './connection.js';
import { runScript } from './connection.js';
import type { News } from './key-names.js';
import { asReply, pipelined } from './pipelined.js';
import { Redirect } from './redirect.js';
import { failureOf, isReply } from './refusals.js';
import type { ScriptName } from './scripts/index.js';
import type { ServerLink } from './server-link.js';
import type { NamedRun } from './servers.js';
import { isReplicated, placesByServer } from './servers.js';
import type { StepServers } from './single-steps.js';

/** The scripts whose loss somebody makes up for later. */
const REMOVING: ReadonlySet<ScriptName> = new Set<ScriptName>([
  'evict',
  'expire',
  'commit',
  'invalidateTags',
  'advanceClock',
  'drop',
  'spoil',
  'leave',
  'mark',
  'derivedCommit',
  'derivedDrop',
  'derivedLeave',
  'logOvertake',
]);

/** What the servers of a Cluster are used with. */
export interface ClusterServersParts {
  readonly masters: ClusterMasters;
  readonly names: ClusterNames;
  readonly clock: Clock;
  readonly readTimeoutMs: number;
}

/** The masters of a Cluster as the store uses them. */
export class ClusterServers implements StepServers {
  readonly #masters: ClusterMasters;
  readonly #routing: ClusterRouting;

  constructor(private readonly parts: ClusterServersParts) {
    this.#masters = parts.masters;
    this.#routing = new ClusterRouting(parts.masters);
  }

  linkOf(name: string): ServerLink | undefined {
    return this.#masters.ownerOf(name)?.link;
  }

  isSettled(name: string): boolean {
    return this.#masters.isSettled(name);
  }

  async run(name: string, run: ScriptRun, reply: 'text' | 'bytes' = 'text'): Promise<unknown> {
    try {
      return await this.#routing.run(name, run, reply);
    } catch (error) {
      if (error instanceof NoServer && REMOVING.has(run.script)) this.#masters.unsettle(name);
      throw error;
    }
  }

  async runEach(runs: readonly NamedRun[]): Promise<readonly unknown[]> {
    const replies = new Array<unknown>(runs.length).fill(undefined);
    const reachable = (name: string) => {
      const link = this.linkOf(name);
      return link?.reachable() ? link : undefined;
    };
    const places = placesByServer(
      runs.map(({ name }) => name),
      reachable,
    );
    const work = [...places].map(async ([link, some]) => {
      const answers = await this.#together(
        link,
        some.map((place) => runs[place]?.run),
      );
      some.forEach((place, i) => (replies[place] = answers[i]));
    });
    await Promise.all(work);
    return replies;
  }

  async replicated(runs: readonly NamedRun[], timeoutMs: number): Promise<readonly (boolean | undefined)[]> {
    const sure = new Array<boolean | undefined>(runs.length).fill(undefined);
    const places = placesByServer(
      runs.map(({ name }) => name),
      (name) => this.linkOf(name),
    );
    const work = [...places].map(async ([link, some]) => {
      const theirs = some.flatMap((place) => runs[place]?.run ?? []);
      const outcome = await isReplicated(link, theirs, timeoutMs);
      for (const place of some) sure[place] = outcome;
    });
    await Promise.all(work);
    return sure;
  }

  async echo(kind: News, name: string): Promise<void> {
    const owner = this.#masters.ownerOf(name);
    const label = owner && this.#masters.labelBeside(name, owner.node);
    if (owner !== undefined && label !== undefined) {
      const run: ScriptRun = { script: 'mark', keys: [this.parts.names.echo(kind, name, label)], args: [] };
      const { link, node } = owner;
      const answer = await link.send(() => orRedirect(node, runScript(link.redis, run, 'text')));
      if (!(answer instanceof Redirect)) return;
    }
    this.#masters.unsettle(name);
    throw new NoServer();
  }

  /** Reads keys of any slots of one server. What has moved away reads as absent: the lease that is asked for next finds it. */
  readonly readTogether = async (link: ServerLink, keys: string[]): Promise<(Buffer | null)[]> => {
    const replies = await link.send(() => getEach(link.redis, keys));
    return replies.map((reply) => (isReply(reply) ? this.#unread(link, reply) : (reply as Buffer | null)));
  };

  #unread(link: ServerLink, reply: Error): null {
    if (reply.message.startsWith('WRONGTYPE')) return null;
    const redirect = Redirect.in(reply, `${link.redis.options.host}:${link.redis.options.port}`);
    if (redirect === undefined) throw failureOf(reply);
    if (redirect.kind === 'down') {
      this.#masters.doubt();
      throw new NoServer();
    }
    if (redirect.kind === 'moved') void this.#masters.moved(redirect.slot, redirect.node);
    return null;
  }

  /** Half the time of a read: one server that is silent must not cost the call its budget for all others. */
  async #together(link: ServerLink, runs: readonly (ScriptRun | undefined)[]): Promise<readonly unknown[]> {
    const sent = link.send(() =>
      pipelined(link.redis, (pipeline) => {
        for (const run of runs) if (run !== undefined) void runScript(pipeline, run, 'text');
      }),
    );
    const { clock, readTimeoutMs } = this.parts;
    const replies = await withDeadline(clock, readTimeoutMs / 2, sent).catch((): unknown[] => []);
    return replies.map((reply) => (reply instanceof Error ? undefined : reply));
  }
}

/** Values or error replies. A pipeline costs more than the command when it is only one. */
async function getEach(redis: Redis, keys: readonly string[]): Promise<unknown[]> {
  const [only] = keys;
  if (only !== undefined && keys.length === 1) return [await redis.getBuffer(only).catch(asReply)];
  return pipelined(redis, (pipeline) => {
    for (const key of keys) pipeline.getBuffer(key);
  });
}
