import type { Clock } from '../contracts/clock.js';
import type { Resume } from '../contracts/store.js';
import type { ClusterNames } from './cluster-names.js';
import type { RedisTarget } from './connection.js';
import { createConnection } from './connection.js';
import type { Acquaintance } from './greeting.js';
import type { LinkEvents } from './link-parts.js';
import { ServerLink } from './server-link.js';
import { addressOf } from './slot-map.js';
import type { SlotMap } from './slot-map.js';

/** Replies that say nothing about a server but that the map of slots is old. */
const ELSEWHERE = new Set(['MOVED', 'ASK', 'TRYAGAIN', 'CLUSTERDOWN']);

/** What the links to masters are made with. */
export interface MasterParts {
  /** What all nodes have in common: user, password, TLS. */
  readonly target: RedisTarget;
  readonly names: ClusterNames;
  readonly clock: Clock;
  readonly events: LinkEvents;
  readonly maxInFlight: number;
  readonly resume: Resume;
  readonly trustPersistence?: boolean;
}

/** Where masters are found by what they own. */
export interface Ownership {
  nodeOf(name: string): string | undefined;
  /** Something happened that may come from a change of owners. */
  doubt(): void;
}

interface Master {
  readonly link: ServerLink;
  label: string;
  /**
   * When the next greeting must end in a new epoch: in any case, or if the server took over the epoch of another one. That
   * may be because it was promoted, but also because the slot of the other one's epoch has moved to it.
   */
  renew: 'always' | 'taken over' | undefined;
}

/** The links to the masters of a Cluster, opened and closed as masters come and go. */
export class MasterLinks {
  readonly #masters = new Map<string, Master>();
  readonly #acquaintances = new Map<string, Acquaintance>();

  constructor(
    private readonly parts: MasterParts,
    private readonly ownership: Ownership,
  ) {}

  of(node: string): ServerLink | undefined {
    return this.#masters.get(node)?.link;
  }

  labelOf(node: string): string | undefined {
    return this.#masters.get(node)?.label;
  }

  entries(): [node: string, link: ServerLink][] {
    return [...this.#masters].map(([node, { link }]) => [node, link]);
  }

  /** Opens what is new and closes what is gone. */
  adopt(map: SlotMap): void {
    for (const [node, { link }] of this.#masters) {
      if (map.labelOf(node) !== undefined) continue;
      this.#masters.delete(node);
      void link.close();
    }
    for (const node of map.nodes) {
      const label = map.labelOf(node);
      if (label !== undefined) this.#keep(node, label);
    }
  }

  /** Gives a server a new epoch, by greeting it once more. */
  renew(node: string): void {
    const master = this.#masters.get(node);
    if (master === undefined) return;
    master.renew = 'always';
    master.link.redis.disconnect(true);
  }

  async close(): Promise<void> {
    await Promise.all(this.entries().map(([, link]) => link.close()));
  }

  #keep(node: string, label: string): void {
    const known = this.#masters.get(node);
    if (known === undefined) this.#open(node, label);
    else if (known.label !== label) relabel(known, label);
  }

  #open(node: string, label: string): void {
    const { target, names, resume, ...parts } = this.parts;
    const { host, port } = addressOf(node);
    const master: Master = {
      label,
      renew: undefined,
      link: new ServerLink(createConnection({ ...target, host, port }), {
        ...parts,
        names: {
          get epoch() {
            return names.epochAt(master.label);
          },
        },
        place: node,
        owns: (name) => this.ownership.nodeOf(name) === node,
        acquaintances: this.#acquaintances,
        resume: async (server) => {
          const verdict = await resume(server);
          const { renew } = master;
          return renew === 'always' || (renew && server.promoted) ? 'renew' : verdict;
        },
        events: this.#watched(() => {
          master.renew = undefined;
        }),
      }),
    };
    this.#masters.set(node, master);
    master.link.open();
  }

  #watched(ready: () => void): LinkEvents {
    const { events } = this.parts;
    return {
      onNewEpoch: () => events.onNewEpoch(),
      onBreaker: (state) => {
        if (state === 'open') this.ownership.doubt();
        events.onBreaker(state);
      },
      onReady: (degraded) => {
        ready();
        events.onReady(degraded);
      },
      onLost: () => {
        this.ownership.doubt();
        events.onLost();
      },
      onFailure: (kind, reason) => {
        const isElsewhere = ELSEWHERE.has(reason);
        if (isElsewhere || kind === 'connection') this.ownership.doubt();
        if (!isElsewhere) events.onFailure(kind, reason);
      },
    };
  }
}

/** The epoch of a server is under another key from its next greeting on; until then what is known of it is under the old one. */
function relabel(master: Master, label: string): void {
  const { redis } = master.link;
  master.renew ??= 'taken over';
  const change = () => {
    master.label = label;
  };
  if (redis.status !== 'ready') return change();
  redis.once('close', change);
  redis.disconnect(true);
}
