import type {
  BeginOptions,
  Changer,
  DerivedPlace,
  DerivedStore,
  Numbers,
  RecountReply,
  RecountRequest,
} from '../contracts/derived-store.js';
import type { ScriptRun } from './connection.js';
import type { KeyNames } from './key-names.js';
import type { ScriptName } from './scripts/index.js';
import type { Servers } from './servers.js';
import { MOVING } from './servers.js';
import { tokenBytes } from './tokens.js';

/** Longer than the time in which keys of one slot are on two servers and a key may be found on either. */
const SLACK_MS = 1_000;
/** While a count is written. */
const FILL_MS = 5_000;

type Args = ScriptRun['args'];

/**
 * Counters and rankings on Redis, one server or a Cluster. While a slot moves, nothing is kept in it: a script of three
 * keys cannot run then, and steps of one key each can remove, but not add in one go with what they must know.
 */
export class RedisDerivedStore implements DerivedStore {
  constructor(
    private readonly servers: Servers,
    private readonly names: KeyNames,
  ) {}

  async read(place: DerivedPlace, limit = 0): Promise<Numbers | undefined> {
    const reply = await this.#run('derivedRead', place, [limit]);
    if (!Array.isArray(reply)) return undefined;
    const numbers = numbersIn(reply as string[]);
    // somebody has written into it what is no number
    if (numbers === undefined) await this.drop(place.key);
    return numbers;
  }

  async recount(place: DerivedPlace, request: RecountRequest): Promise<RecountReply> {
    const { token, ms, patienceMs, maxWriteMs, overtakenMs } = request;
    const epoch = this.#epoch(place.key);
    const args = [tokenBytes(token), ms, patienceMs, maxWriteMs, overtakenMs];
    const reply = await this.#run('derivedRecount', place, args);
    if (reply === MOVING) return { kind: 'changing', reserved: false };
    const [kind, detail = 0] = reply as [number, number?];
    switch (kind) {
      case 1:
        return { kind: 'there' };
      case 2:
        return { kind: 'granted', epoch };
      case 3:
        return { kind: 'held', remainingMs: detail };
      default:
        return { kind: 'changing', reserved: detail === 1 };
    }
  }

  async fill(
    place: DerivedPlace,
    right: { token: string; epoch: string },
    numbers: Numbers,
  ): Promise<boolean> {
    const args = [tokenBytes(right.token), FILL_MS, place.maxMembers, ...pairs(numbers)];
    return (await this.#run('derivedFill', place, args, right.epoch)) === 1;
  }

  async renew(place: DerivedPlace, token: string, ms: number): Promise<boolean> {
    return (await this.#run('derivedRenew', place, [tokenBytes(token), ms])) === 1;
  }

  async release(place: DerivedPlace, token: string, overtakenMs = 0): Promise<void> {
    await this.#run('derivedRelease', place, [tokenBytes(token), overtakenMs]);
  }

  async begin(
    place: DerivedPlace,
    { token, subject }: Changer,
    { maxWriteMs, waits, overtakenMs }: BeginOptions,
  ): Promise<boolean> {
    const args = [tokenBytes(token), subject, maxWriteMs, waits ? '1' : '', overtakenMs];
    const reply = await this.#run('derivedBegin', place, args);
    if (reply !== MOVING) return reply === 1;
    const life = place.ttlMs + maxWriteMs + SLACK_MS;
    // announced first: from then on nobody is granted a count
    await this.#step(place.key, 'derivedEnter', 1, [tokenBytes(token), subject, maxWriteMs, life]);
    await this.#remove(place.key);
    return true;
  }

  async commit(place: DerivedPlace, { token, subject }: Changer, deltas: Numbers | null): Promise<boolean> {
    const outcome = deltas === null ? '' : '1';
    const args = [tokenBytes(token), subject, outcome, place.maxMembers, ...pairs(deltas ?? new Map())];
    const reply = await this.#run('derivedCommit', place, args);
    if (reply !== MOVING) return reply === 1;
    await this.#remove(place.key);
    await this.#step(place.key, 'derivedLeave', 1, [tokenBytes(token), subject]);
    return false;
  }

  async drop(key: string): Promise<void> {
    const run: ScriptRun = { script: 'derivedDrop', keys: this.names.derivedKeys(key), args: [] };
    if ((await this.servers.run(key, run)) === MOVING) await this.#remove(key);
  }

  /** Key by key. The right to count goes first: what is counted now must not come in behind. */
  async #remove(key: string): Promise<void> {
    await this.#step(key, 'drop', 2);
    await this.#step(key, 'drop', 0);
  }

  #step(key: string, script: ScriptName, which: 0 | 1 | 2, args: Args = []): Promise<unknown> {
    return this.servers.run(key, { script, keys: [this.names.derivedKeys(key)[which] ?? ''], args });
  }

  #epoch(key: string): string {
    return this.servers.linkOf(key)?.epoch ?? '';
  }

  #run(
    script: ScriptName,
    { key, kind, ttlMs, meaning }: DerivedPlace,
    args: Args,
    epoch = this.#epoch(key),
  ): Promise<unknown> {
    const all = [
      kind === 'counters' ? 'c' : 'r',
      `${epoch}:${meaning}`,
      Math.max(1, Math.ceil(ttlMs)),
      ...args,
    ];
    return this.servers.run(key, { script, keys: this.names.derivedKeys(key), args: all });
  }
}

function pairs(numbers: Numbers): (string | number)[] {
  return [...numbers].flatMap(([name, number]) => [name, number]);
}

/** Names and numbers of a reply in turn, the epoch left out; `undefined` when one is no number. */
function numbersIn(reply: readonly string[]): Numbers | undefined {
  const numbers = new Map<string, number>();
  for (let i = 0; i < reply.length; i += 2) {
    const name = reply[i] ?? '';
    if (!name.startsWith('n')) continue;
    const number = Number(reply[i + 1]);
    if (!Number.isFinite(number) || reply[i + 1] === '') return undefined;
    numbers.set(name.slice(1), number);
  }
  return numbers;
}
