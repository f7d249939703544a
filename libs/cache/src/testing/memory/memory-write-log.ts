import type { Clock } from '../../contracts/clock.js';
import type { LogPlace, ServerDurability, WriteLog } from '../../contracts/write-log.js';
import { LocalWriteLog } from '../../write-behind/local-write-log.js';

/** Logs in memory that say of themselves what a careful server says: a test is about the application, not about disks. */
export class MemoryWriteLog extends LocalWriteLog {
  static readonly #ofStores = new WeakMap<object, MemoryWriteLog>();

  /** The logs beside a store: applications that share the one share the other. */
  static beside(store: object, clock: Clock): WriteLog {
    const log = MemoryWriteLog.#ofStores.get(store) ?? new MemoryWriteLog(clock);
    MemoryWriteLog.#ofStores.set(store, log);
    return log;
  }

  override async secured(): Promise<boolean> {
    return Promise.resolve(true);
  }

  override async durability(_place: LogPlace): Promise<ServerDurability> {
    return Promise.resolve({ evictionPolicy: 'noeviction', fsyncsAlways: true });
  }
}
