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
   * back, unless `rolledBack` says that nobody knows: then everything is sent all the same, for too much is safe.
   */
  async run<T>(work: () => Promise<T>, rolledBack: (error: unknown) => boolean): Promise<T> {
    const { context } = this.parts;
    if (context.unit !== undefined) return work();
    const unit = new UnitOfWork();
    try {
      const result = await context.within(unit, work);
      await this.#send(unit);
      return result;
    } catch (error) {
      await (rolledBack(error) ? this.#endWrites(unit) : this.#send(unit));
      throw error;
    }
  }

  async #send(unit: UnitOfWork): Promise<void> {
    const { invalidations } = this.parts;
    await Promise.all([
      this.#endWrites(unit),
      ...[...unit.keys].map(([region, keys]) => invalidations.evict(region, [...keys])),
      ...[...unit.cleared].map((region) => invalidations.clear(region)),
      unit.tags.size > 0 && invalidations.invalidateTags([...unit.tags]),
    ]);
  }

  /** Keys are barred for as long as a write is not ended, whatever became of the unit. */
  async #endWrites(unit: UnitOfWork): Promise<void> {
    await Promise.all(unit.writes.map((write) => this.parts.writes.end(write)));
  }
}

/** SQLSTATE classes and codes after which nobody knows whether a transaction was committed, and codes of sockets that broke. */
const UNKNOWN_CODE =
  /^(08...|57P0[123]|40003|ECONN(RESET|ABORTED|REFUSED)|EPIPE|ETIMEDOUT|ESOCKETTIMEDOUT|PROTOCOL_CONNECTION_LOST)$/;
const UNKNOWN_MESSAGE =
  /connection (was |is )?(terminated|closed|ended|lost|reset)|timed? ?out|terminating connection/i;

/**
 * Whether an error says that a transaction was rolled back: everything does but a connection that broke, after which the
 * commit may have reached the database or not.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function isRolledBack(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return true;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && UNKNOWN_CODE.test(code)) return false;
  return typeof message !== 'string' || !UNKNOWN_MESSAGE.test(message);
}
