import { Injectable, Logger } from '@nestjs/common';
import { isCacheError, StrategyOf } from 'nuthatch';
import type { Sighting } from './activity.regions.js';
import { activity } from './activity.regions.js';

/** Records what members do, without anybody waiting for the database. What cannot be recorded is said once, and is nobody else's trouble. */
@Injectable()
export class ActivityStrategy extends StrategyOf(activity) {
  readonly #log = new Logger(ActivityStrategy.name);
  readonly #said = new Set<string>();

  /** A member is here; resolves when Redis has it. */
  saw(memberId: number, doing: Sighting['doing']): Promise<void> {
    const sighting = { memberId, at: new Date().toISOString(), doing };
    return this.#recorded('a sighting', this.seen.writeBehind([memberId], sighting));
  }

  /** Somebody looks at a community's page. */
  looked(communityId: string): Promise<void> {
    const view = { at: new Date().toISOString() };
    return this.#recorded('a page view', this.view.writeBehind([communityId], view));
  }

  async #recorded(what: string, write: Promise<unknown>): Promise<void> {
    try {
      await write;
    } catch (error) {
      const name = isCacheError(error) ? error.code : error instanceof Error ? error.name : typeof error;
      const fault = `${what} was not recorded: ${name}`;
      if (!this.#said.has(fault)) this.#log.warn(fault);
      this.#said.add(fault);
    }
  }
}
