import type { Clock } from '../../contracts/clock.js';
import { systemClock } from '../../contracts/clock.js';
import { CacheError } from '../../contracts/errors.js';
import type { Maintenance, SweepOrder, Visit } from '../../contracts/maintenance.js';
import { Faults } from './faults.js';

/** The commands of maintenance that can go wrong. */
export const MAINTENANCE_COMMANDS = [
  'look',
  'doubt',
  'announce',
  'sweep',
  'figures',
] as const satisfies readonly (keyof Maintenance)[];

/** One of them. */
export type MaintenanceCommand = (typeof MAINTENANCE_COMMANDS)[number];

/** Maintenance around another whose commands fail, hang, come late or are executed without an answer when the test says so. */
export class FaultyMaintenance implements Maintenance {
  readonly faults: Faults<MaintenanceCommand>;

  constructor(
    private readonly inner: Maintenance,
    clock: Clock = systemClock,
  ) {
    const failure = () => new CacheError('REDIS_UNAVAILABLE', 'the test has it fail');
    this.faults = new Faults(clock, MAINTENANCE_COMMANDS, failure);
  }

  get keysMove(): boolean {
    return this.inner.keysMove;
  }

  look = (region: string, visit: Visit) => this.faults.run('look', () => this.inner.look(region, visit));
  doubt = (tag: string) => this.faults.run('doubt', () => this.inner.doubt(tag));
  announce = (ttlMs: number) => this.faults.run('announce', () => this.inner.announce(ttlMs));
  sweep = (order: SweepOrder) => this.faults.run('sweep', () => this.inner.sweep(order));
  figures = () => this.faults.run('figures', () => this.inner.figures());
}
