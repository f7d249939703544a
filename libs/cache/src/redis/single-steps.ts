import type { ClusterNames } from './cluster-names.js';
import type { News } from './key-names.js';
import type { ScriptName } from './scripts/index.js';
import type { Servers } from './servers.js';
import { tokenBytes } from './tokens.js';

/** Where single steps run. */
export interface StepServers extends Servers {
  /**
   * Tells everybody through the server that owns the key or tag now, with a marker that does not move with it.
   * Rejects when that server was not told.
   */
  echo(kind: News, name: string): Promise<void>;
}

/**
 * Evicts and writes while the key's slot moves, as steps of one key each, for no script can have all its keys then.
 * The order makes up for the missing atomicity. The writers come first: a put that ends from here on finds the mark and
 * stores nothing, and while a write is announced no lease is granted. Then the lease goes: a load that began before can
 * store no more. Then the entry goes, whatever was stored until now. Only then everybody is told.
 * Processes listen to the owner of the slot, and not all of them to the server that it moves to: so both must tell them.
 */
export class SingleSteps {
  constructor(
    private readonly servers: StepServers,
    private readonly names: ClusterNames,
  ) {}

  evict(key: string): Promise<void> {
    return this.#remove(key, () => this.#step(key, 'spoil', this.names.writers(key)));
  }

  begin(key: string, token: string, maxWriteMs: number): Promise<void> {
    const args = [tokenBytes(token), maxWriteMs];
    return this.#remove(key, () => this.#step(key, 'enter', this.names.writers(key), args));
  }

  /** Ends a write and stores nothing: that nobody else wrote cannot be said and acted upon in one step. */
  commit(key: string, token: string): Promise<void> {
    return this.#remove(key, () => this.#step(key, 'leave', this.names.writers(key), [tokenBytes(token)]));
  }

  /**
   * Condemns what carries one of the tags. The clock goes first: a load that finds it advanced stores nothing under a tag
   * that is made anew from here on, and a nonce that it still found is gone with the next step.
   */
  async invalidate(tags: readonly string[], nonce: string): Promise<void> {
    const [first] = tags;
    const group = first === undefined ? undefined : this.names.groupOf(first);
    if (first !== undefined && group !== undefined) {
      await this.#step(first, 'advanceClock', this.names.clockOf(group), [nonce]);
    }
    await Promise.all(tags.map((tag) => this.#step(tag, 'drop', this.names.tag(tag))));
    await Promise.all(tags.map((tag) => this.#tell('tags', tag)));
  }

  async #remove(key: string, markWriters: () => Promise<unknown>): Promise<void> {
    const [, tag = '', ...pairs] = this.names.writeKeys(key);
    const drop = (names: readonly string[]) =>
      Promise.all(names.map((name) => this.#step(key, 'drop', name)));
    await markWriters();
    await drop(pairs.filter((_, i) => i % 2 === 1));
    await drop(pairs.filter((_, i) => i % 2 === 0));
    await drop([tag]);
    await this.#tell('keys', key);
  }

  async #tell(kind: News, name: string): Promise<void> {
    await this.#step(name, 'mark', this.names.marker(kind, name));
    await this.servers.echo(kind, name);
  }

  #step(name: string, script: ScriptName, key: string, args: readonly (string | number | Buffer)[] = []) {
    return this.servers.run(name, { script, keys: [key], args }, 'bytes');
  }
}
