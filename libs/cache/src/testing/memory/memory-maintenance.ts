import type { Maintenance, Visit } from '../../contracts/maintenance.js';
import { SweepReport } from '../../contracts/sweep-report.js';
import type { MemoryStore } from './memory-store.js';

/** Maintenance of a MemoryStore: what there is lies open, and nothing moves. */
export class MemoryMaintenance implements Maintenance {
  readonly keysMove = false;

  constructor(private readonly store: MemoryStore) {}

  async look(region: string, visit: Visit): Promise<void> {
    await visit(this.store.companions().filter(({ key }) => key.startsWith(`${region}:`)));
  }

  doubt(tag: string): Promise<void> {
    this.store.doubt(tag);
    return Promise.resolve();
  }

  /** Nothing in it carries a version. */
  announce(): Promise<void> {
    return Promise.resolve();
  }

  /** All that is in it has an end. */
  sweep(): Promise<SweepReport> {
    const report = new SweepReport();
    report.scanned = this.store.companions().length;
    return Promise.resolve(report);
  }

  /** It has no memory of its own to speak of. */
  figures(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
