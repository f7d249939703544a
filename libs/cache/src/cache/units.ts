import { BROKEN_CONNECTION, BROKEN_SOCKET, toldBy } from '../resilience/error-chain.js';
import type { CallContext } from './call-context.js';
import type { Invalidations } from './invalidations.js';
import { UnitOfWork } from './unit-of-work.js';
import type { Writes } from './writes.js';

/** What units of work work with. */
export interface UnitParts {
  readonly context: CallContext;
  readonly invalidations: Invalidations;
  readonly writes: Writes;
}

/** Runs units of work: what is invalidated inside is sent when the work is done, and forgotten when it is rolled back. */
export class Units {
  constructor(private readonly parts: UnitParts) {}

  /**
   * Runs `work` as a unit; one that runs inside another belongs to that. When the work rejects its transaction was rolled
   * back, unless `rolledBack`, which must not throw,
   * says that nobody knows: then everything is sent all the same, for too much is safe.
   */
  async run<T>(work: () => Promise<T>, rolledBack: (error: unknown) => boolean): Promise<T> {
    const { context } = this.parts;
    if (context.unit !== undefined) return work();
    const unit = new UnitOfWork();
    try {
      return await context.within(unit, work);
    } catch (error) {
      if (rolledBack(error)) unit.rollBack();
      throw error;
    } finally {
      unit.ended = true;
      await this.#send(unit);
    }
  }

  async #send(unit: UnitOfWork): Promise<void> {
    const { invalidations } = this.parts;
    await Promise.all([
      // keys are barred for as long as a write is not ended, whatever became of the unit
      ...unit.writes.map((write) => this.parts.writes.end(write)),
      ...unit.changes.map((end) => end()),
      ...[...unit.keys].map(([region, keys]) => invalidations.evict(region, [...keys])),
      ...[...unit.cleared].map((region) => invalidations.clear(region)),
      unit.tags.size > 0 && invalidations.invalidateTags([...unit.tags]),
    ]);
  }
}

/** SQLSTATE classes and codes after which nobody knows whether a transaction was committed. */
const UNKNOWN_CODE = /^(08...|57P0[123]|40003)$/;

/**
 * Whether an error says that a transaction was rolled back: everything does but a connection that broke, after which the
 * commit may have reached the database or not.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function isRolledBack(error: unknown): boolean {
  return !toldBy(error).some(
    ({ code, message }) =>
      UNKNOWN_CODE.test(code) || BROKEN_SOCKET.test(code) || BROKEN_CONNECTION.test(message),
  );
}
