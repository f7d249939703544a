import type { Maintenance, ServerFigures, SweepOrder, Visit } from '../contracts/maintenance.js';
import { SweepReport } from '../contracts/sweep-report.js';
import { Companions } from './companions.js';
import type { Asked } from './cluster-topology.js';
import type { ScriptRun } from './connection.js';
import { assertMaster } from './connection.js';
import { announcementKey, versionLabel } from './kept-names.js';
import type { Naming } from './key-names.js';
import { scanNames } from './scan.js';
import { serverFigures } from './server-info.js';
import { SweepRound } from './sweep-round.js';

/** What maintenance works with. */
export interface MaintenanceParts {
  readonly naming: Naming;
  readonly keysMove: boolean;
  /** The servers that own anything, as they are found out now; each is asked on a connection that is made for it. */
  servers(): Promise<readonly Asked[]>;
  /** A label in one of the slots of a server. */
  labelOf(server: Asked): string;
  /** Runs a script on the server of a name. */
  run(name: string, run: ScriptRun): Promise<unknown>;
  /** Tells all processes that a tag is no longer what it was. */
  doubt(tag: string): Promise<void>;
}

/** Maintenance on Redis, one server or all masters of a Cluster, by SCAN and only within the prefix. */
export class RedisMaintenance implements Maintenance {
  readonly #companions: Companions;

  constructor(private readonly parts: MaintenanceParts) {
    this.#companions = new Companions(parts.naming);
  }

  get keysMove(): boolean {
    return this.parts.keysMove;
  }

  async look(region: string, visit: Visit): Promise<void> {
    const pattern = this.#companions.patternOf(region);
    const visitNames = (names: readonly string[]) =>
      visit(names.flatMap((name) => this.#companions.of(name) ?? []));
    for (const server of await this.parts.servers()) {
      const goOn = await server.ask(async (redis) => {
        await assertMaster(redis);
        return scanNames(redis, pattern, visitNames);
      });
      if (!goOn) return;
    }
  }

  doubt(tag: string): Promise<void> {
    return this.parts.doubt(tag);
  }

  async announce(ttlMs: number): Promise<void> {
    await this.#ofVersion('announce', this.parts.naming.version, [Math.ceil(ttlMs)]);
  }

  async sweep(order: SweepOrder): Promise<SweepReport> {
    const report = new SweepReport();
    const servers = await this.parts.servers().catch(() => undefined);
    if (servers === undefined) report.failed++;
    for (const server of servers ?? []) {
      if (!report.cancelled) report.add(await this.#sweepServer(server, order));
    }
    return report;
  }

  async figures(): Promise<readonly ServerFigures[] | undefined> {
    const servers = await this.parts.servers();
    const figures = await Promise.all(servers.map((server) => server.ask(serverFigures)));
    return figures.every((one) => one !== undefined) ? figures : undefined;
  }

  async #sweepServer(server: Asked, order: SweepOrder): Promise<SweepReport> {
    const { prefix } = this.parts.naming;
    const lives = (version: string | undefined) => this.#lives(version);
    const round = new SweepRound({ prefix, label: this.parts.labelOf(server), order, lives });
    try {
      const ran = await server.ask(async (redis) => {
        await assertMaster(redis);
        return round.run(redis);
      });
      if (!ran) round.report.passedOver++;
    } catch {
      round.report.failed++;
    }
    return round.report;
  }

  async #lives(version: string | undefined): Promise<boolean> {
    if (version === this.parts.naming.version) return true;
    const reply = await this.#ofVersion('announced', version, []).catch(() => 1);
    return reply !== 0;
  }

  #ofVersion(
    script: 'announce' | 'announced',
    version: string | undefined,
    args: ScriptRun['args'],
  ): Promise<unknown> {
    const keys = [announcementKey(this.parts.naming.prefix, version)];
    return this.parts.run(versionLabel(version), { script, keys, args });
  }
}
