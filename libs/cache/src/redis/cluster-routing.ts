import type { Redis } from 'ioredis';
import { CacheError, isCacheError } from '../contracts/errors.js';
import type { ScriptRun } from './connection.js';
import { runScript } from './connection.js';
import { Redirect } from './redirect.js';
import { SCRIPTS } from './scripts/index.js';
import type { ServerLink } from './server-link.js';
import { MOVING } from './servers.js';

/** How often a script is sent after the servers it is led to. */
const REDIRECTS = 3;

/** What the routing knows about servers. */
export interface Roads {
  /** Who owns a key or tag, as far as this process knows. */
  ownerOf(name: string): { readonly node: string; readonly link: ServerLink } | undefined;
  /** Takes over that a slot has another owner. Resolves when it is known how to get there. */
  moved(slot: number, node: string): Promise<void>;
  /** The way to a server that a key is on its way to; it need not own anything yet. */
  send<T>(node: string, command: (redis: Redis) => Promise<T>): Promise<T>;
  /** Something is not as the map says. */
  doubt(): void;
}

/**
 * Brings a script to the server of its key, following the servers' answers about where that is now.
 * The client's own Cluster connection would do the same and more: it also sends again what may have been executed, and
 * sends to servers that were not greeted.
 */
export class ClusterRouting {
  constructor(private readonly roads: Roads) {}

  /** Resolves to the reply or `MOVING`; rejects `REDIS_UNAVAILABLE` when the script found no server. */
  async run(name: string, run: ScriptRun, reply: 'text' | 'bytes'): Promise<unknown> {
    for (let attempt = 0; attempt <= REDIRECTS; attempt++) {
      const owner = this.roads.ownerOf(name);
      if (owner === undefined) break;
      const { node, link } = owner;
      const answer = await link.send(() => orRedirect(node, runScript(link.redis, run, reply)));
      const outcome = await this.#follow(answer, run, reply);
      if (!(outcome instanceof Redirect)) return outcome;
      if (outcome.kind === 'down') break;
    }
    this.roads.doubt();
    throw new NoServer();
  }

  /** The reply, `MOVING`, or a redirect after which the script is to be sent again, or cannot be. */
  async #follow(answer: unknown, run: ScriptRun, reply: 'text' | 'bytes'): Promise<unknown> {
    if (!(answer instanceof Redirect)) return answer;
    if (answer.kind === 'moving') return MOVING;
    if (answer.kind === 'moved') await this.roads.moved(answer.slot, answer.node);
    if (answer.kind !== 'ask') return answer;
    const beyond = await this.#ask(answer.node, run, reply);
    return beyond instanceof Redirect && beyond.kind === 'moving' ? MOVING : beyond;
  }

  /** That the other server is away says nothing about the owner of the slot, whose link would tell when it is back. */
  async #ask(node: string, run: ScriptRun, reply: 'text' | 'bytes'): Promise<unknown> {
    try {
      return await this.roads.send(node, (redis) => orRedirect(node, runAsking(redis, run, reply)));
    } catch (error) {
      if (isCacheError(error) && error.code === 'REDIS_UNAVAILABLE') throw new NoServer();
      throw error;
    }
  }
}

/** No server would have a script: its slot is not served, or moves faster than the script. */
export class NoServer extends CacheError {
  constructor() {
    super('REDIS_UNAVAILABLE', 'no server of the Cluster serves the slot');
  }
}

/** A reply of the server `node`, or where it leads instead. */
export async function orRedirect<T>(node: string, reply: Promise<T>): Promise<T | Redirect> {
  try {
    return await reply;
  } catch (error) {
    const redirect = Redirect.in(error, node);
    if (redirect === undefined) throw error;
    return redirect;
  }
}

/**
 * Runs a script on the server that its slot moves to. ASKING counts for the next command only, and nothing can come between
 * two commands that are sent in one go. The source goes along, for a second try without it would ask no more.
 */
async function runAsking(redis: Redis, run: ScriptRun, reply: 'text' | 'bytes'): Promise<unknown> {
  const args = [...run.keys, ...run.args];
  const source = SCRIPTS[run.script];
  const asking = redis.asking();
  const answer =
    reply === 'bytes'
      ? redis.callBuffer('EVAL', source, run.keys.length, ...args)
      : redis.call('EVAL', source, run.keys.length, ...args);
  return (await Promise.all([answer, asking]))[0];
}
