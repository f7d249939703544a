import type { Redis } from 'ioredis';
import type { SweepOrder } from '../contracts/maintenance.js';
import { SweepReport } from '../contracts/sweep-report.js';
import { runScript } from './connection.js';
import type { Kept } from './kept-names.js';
import { keptUnder, roundKey } from './kept-names.js';
import { pipelined } from './pipelined.js';
import { scanNames } from './scan.js';

/** What one server is swept with. */
export interface SweepParts {
  readonly prefix: string;
  /** A label of the server, for the key that says that somebody sweeps it. */
  readonly label: string;
  readonly order: SweepOrder;
  /** Whether anybody runs who has entries of a version; true as well where nobody knows. */
  lives(version: string | undefined): Promise<boolean>;
}

interface Found {
  readonly name: string;
  readonly kept: Kept;
}

/** Looks through one server for what nobody will ever ask for again, and removes it, a portion at a time. */
export class SweepRound {
  readonly report = new SweepReport();

  constructor(private readonly parts: SweepParts) {}

  /** Resolves to `false` where somebody else has begun a round, or is not long done with it. */
  async run(redis: Redis): Promise<boolean> {
    const { prefix, label, order } = this.parts;
    const round = roundKey(prefix, label);
    const begun = order.force
      ? await redis.set(round, '1', 'PX', order.everyMs)
      : await redis.set(round, '1', 'PX', order.everyMs, 'NX');
    if (begun !== 'OK') return false;
    const done = await scanNames(redis, `${prefix}:*`, async (names) => {
      await redis.pexpire(round, order.everyMs);
      await this.#look(redis, names);
      await order.pause();
      return !order.isCancelled();
    });
    this.report.cancelled = !done;
    return true;
  }

  async #look(redis: Redis, names: readonly string[]): Promise<void> {
    const found = names.map((name) => ({ name, kept: keptUnder(name, this.parts.prefix) }));
    this.report.scanned += found.length;
    this.report.unknown += found.filter(({ kept }) => kept.kind === 'unknown').length;
    const living = await this.#withoutDeadVersions(redis, found);
    const suspects = await this.#suspects(redis, living);
    const replies = await pipelined(redis, (pipeline) => {
      for (const { name, kept } of suspects) {
        const args = [kept.kind === 'writers' ? 'writers' : ''];
        void runScript(pipeline, { script: 'sweep', keys: [name], args }, 'text');
      }
    });
    for (const [i, { kept }] of suspects.entries()) if (replies[i] === 1) this.report.orphan(kept.kind);
  }

  /** Removes the entries and leases of versions that nobody has any more; gives what is left to look at. */
  async #withoutDeadVersions(redis: Redis, found: readonly Found[]): Promise<readonly Found[]> {
    const versions = new Map<string | undefined, string[]>();
    for (const { name, kept } of found) {
      if (kept.kind !== 'value' && kept.kind !== 'lease') continue;
      versions.set(kept.version, [...(versions.get(kept.version) ?? []), name]);
    }
    const dead = new Set<string>();
    for (const [version, names] of versions) {
      // asked anew each time, for one that comes up meanwhile says so before it keeps anything
      if (await this.parts.lives(version)) continue;
      const replies = await pipelined(redis, (pipeline) => {
        for (const name of names) pipeline.unlink(name);
      });
      this.report.removed(version, replies.filter((reply) => reply === 1).length);
      for (const name of names) dead.add(name);
    }
    return dead.size === 0 ? found : found.filter(({ name }) => !dead.has(name));
  }

  /** What has no end, and all writers. What has an end will be gone by itself, whatever it is. */
  async #suspects(redis: Redis, found: readonly Found[]): Promise<readonly Found[]> {
    const known = found.filter(({ kept }) => kept.kind !== 'ours' && kept.kind !== 'unknown');
    const replies = await pipelined(redis, (pipeline) => {
      for (const { name } of known) pipeline.pttl(name);
    });
    return known.filter(({ kept }, i) => kept.kind === 'writers' || replies[i] === -1);
  }
}
