import type { Maintenance, ServerFigures, Visit } from '../contracts/maintenance.js';
import { Companions } from './companions.js';
import type { Asked } from './cluster-topology.js';
import { assertMaster } from './connection.js';
import type { Naming } from './key-names.js';
import { scanNames } from './scan.js';
import { serverFigures } from './server-info.js';

/** What maintenance works with. */
export interface MaintenanceParts {
  readonly naming: Naming;
  readonly keysMove: boolean;
  /** The servers that own anything, as they are found out now; each is asked on a connection that is made for it. */
  servers(): Promise<readonly Asked[]>;
  /** Tells all processes that a tag is no longer what it was. */
  announce(tag: string): Promise<void>;
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
    return this.parts.announce(tag);
  }

  async figures(): Promise<readonly ServerFigures[] | undefined> {
    const servers = await this.parts.servers();
    const figures = await Promise.all(servers.map((server) => server.ask(serverFigures)));
    return figures.every((one) => one !== undefined) ? figures : undefined;
  }
}
