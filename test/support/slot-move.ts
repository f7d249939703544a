import { idOf } from './cluster-node.js';
import type { RedisServer } from './redis-server.js';

const HOST = '127.0.0.1';
const BATCH = 100;
const MIGRATE_MS = 5_000;

/**
 * A slot on its way from one master to another, by the commands of an operator.
 * Between its steps the slot is split: the nodes answer ASK and TRYAGAIN, which a client meets at no other time.
 */
export class SlotMove {
  private constructor(
    readonly slot: number,
    private readonly source: RedisServer,
    private readonly target: RedisServer,
  ) {}

  /** From here on the source is migrating and the target importing; no key has moved yet. */
  static async begin(slot: number, source: RedisServer, target: RedisServer): Promise<SlotMove> {
    const move = new SlotMove(slot, source, target);
    // The target first: the source may send it clients at once.
    await move.setSlot(target, 'IMPORTING', await idOf(source));
    await move.setSlot(source, 'MIGRATING', await idOf(target));
    return move;
  }

  /** Moves these keys, or half of those in the slot, rounded up. */
  async some(keys?: readonly string[]): Promise<void> {
    if (keys !== undefined) return this.migrate(keys);
    const count = Number(await this.source.command('CLUSTER', 'COUNTKEYSINSLOT', String(this.slot)));
    await this.migrate(await this.keysLeft(Math.ceil(count / 2)));
  }

  /** Moves all keys that are left, and tells the masters who owns the slot now. */
  async finish(masters: readonly RedisServer[]): Promise<void> {
    for (let keys = await this.keysLeft(); keys.length > 0; keys = await this.keysLeft())
      await this.migrate(keys);
    const owner = await idOf(this.target);
    // The new owner first: until it knows, it would send back the clients that the old one sends to it.
    for (const master of new Set([this.target, this.source, ...masters]))
      await this.setSlot(master, 'NODE', owner);
  }

  private async keysLeft(count = BATCH): Promise<string[]> {
    const slot = String(this.slot);
    const keys = await this.source.command('CLUSTER', 'GETKEYSINSLOT', slot, String(count));
    return keys.split('\n').filter(Boolean);
  }

  private async migrate(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const to = [HOST, String(this.target.port), '', '0', String(MIGRATE_MS)];
    await this.source.command('MIGRATE', ...to, 'KEYS', ...keys);
  }

  private async setSlot(server: RedisServer, state: string, nodeId: string): Promise<void> {
    await server.command('CLUSTER', 'SETSLOT', String(this.slot), state, nodeId);
  }
}
