import type { Redis } from 'ioredis';
import { CacheError } from '../contracts/errors.js';
import { withDeadline } from '../resilience/deadline.js';
import { Arrears } from './arrears.js';
import type { Roads } from './cluster-routing.js';
import { ClusterTopology } from './cluster-topology.js';
import type { MasterParts, Ownership } from './master-links.js';
import { MasterLinks } from './master-links.js';
import { PassingServer } from './passing-server.js';
import type { ServerLink } from './server-link.js';
import { addressOf, nodeName } from './slot-map.js';
import type { SlotMap } from './slot-map.js';

/** How long a script waits until the way to a new master is known. */
const NEW_MASTER_MS = 300;

/** What the masters of a Cluster are found with. */
export interface ClusterParts extends MasterParts {
  /** Servers of the Cluster that are asked first who the masters are. */
  readonly seeds: readonly { readonly host: string; readonly port: number }[];
  /** How often the owners of slots are asked for, at least. */
  readonly topologyEveryMs: number;
}

/** A master, and the link to it. */
export interface Owner {
  readonly node: string;
  readonly link: ServerLink;
}

/** Who is told when the owners of slots were confirmed: when that was asked, and whether any slot has another owner since the last time. */
export type OwnersWatcher = (askedAt: number, moved: boolean) => void;

/** The masters of a Cluster: who owns what, and the links to them. */
export class ClusterMasters implements Ownership, Roads {
  readonly #links: MasterLinks;
  readonly #topology: ClusterTopology;
  readonly #arrears: Arrears;
  #map: SlotMap | undefined;
  /** A slot has another owner, and nobody was told yet. */
  #moved = false;
  #watcher: OwnersWatcher = () => undefined;
  /** The name asked for last and its owner: a call asks several times in a row. */
  #recent: { readonly name: string; readonly owner: Owner | undefined } | undefined;

  constructor(private readonly parts: ClusterParts) {
    const { clock, names, resume, seeds, topologyEveryMs, events } = parts;
    this.#links = new MasterLinks(parts, this);
    this.#arrears = new Arrears({
      clock,
      resume,
      slotOf: (name) => names.slotOf(name),
      renew: (slots) => this.#renew(slots),
    });
    const onFailure = (reason: string) => events.onFailure('connection', reason);
    this.#topology = new ClusterTopology({
      clock,
      everyMs: topologyEveryMs,
      masters: () => this.#asked(),
      seeds: seeds.map(({ host, port }) => this.#passing(nodeName(host, port, host), onFailure)),
      onAnswer: (map, askedAt) => this.#confirm(map, askedAt),
    });
  }

  open(): void {
    this.#topology.open();
  }

  async close(): Promise<void> {
    this.#topology.close();
    this.#arrears.close();
    this.#watcher = () => undefined;
    await this.#links.close();
  }

  get nodes(): readonly string[] {
    return this.#map?.nodes ?? [];
  }

  links(): ServerLink[] {
    return this.#links.entries().map(([, link]) => link);
  }

  /** The masters as they are now, each to be connected to for one question. Rejects while nobody tells who they are. */
  async passing(): Promise<readonly PassingServer[]> {
    await this.#topology.refresh();
    if (this.nodes.length === 0) throw new CacheError('REDIS_UNAVAILABLE', 'not connected');
    return this.nodes.map((node) => this.#passing(node));
  }

  linkAt(node: string): ServerLink | undefined {
    return this.#links.of(node);
  }

  labelOf(node: string): string | undefined {
    return this.#links.labelOf(node);
  }

  /** A label on the same server as a key or tag that does not move when its slot does. */
  labelBeside(name: string, node: string): string | undefined {
    return this.#map?.labelBeside(this.parts.names.slotOf(name), node);
  }

  watch(watcher: OwnersWatcher): void {
    this.#watcher = watcher;
  }

  nodeOf(name: string): string | undefined {
    return this.#map?.ownerOf(this.parts.names.slotOf(name));
  }

  ownerOf(name: string): Owner | undefined {
    if (this.#recent?.name === name) return this.#recent.owner;
    const node = this.nodeOf(name);
    const link = node === undefined ? undefined : this.#links.of(node);
    const owner = node === undefined || link === undefined ? undefined : { node, link };
    this.#recent = { name, owner };
    return owner;
  }

  isSettled(name: string): boolean {
    return this.#arrears.isEmpty || !this.#arrears.has(this.parts.names.slotOf(name));
  }

  /** An invalidation of a key or tag found no server. */
  unsettle(name: string): void {
    this.#arrears.failed(this.parts.names.slotOf(name));
  }

  doubt(): void {
    void this.#topology.refresh();
  }

  async moved(slot: number, node: string): Promise<void> {
    const answered = this.#topology.refresh();
    const map = this.#map;
    if (map?.nodes.includes(node)) {
      if (map.ownerOf(slot) !== node) this.#adopt(map.withOwner(slot, node));
    } else {
      await withDeadline(this.parts.clock, NEW_MASTER_MS, answered).catch(() => undefined);
    }
  }

  send<T>(node: string, command: (redis: Redis) => Promise<T>): Promise<T> {
    const link = this.#links.of(node);
    return link === undefined ? this.#passing(node).ask(command) : link.send(() => command(link.redis));
  }

  #confirm(map: SlotMap, askedAt: number): void {
    this.#links.adopt(map);
    this.#adopt(map);
    const moved = this.#moved;
    this.#moved = false;
    this.#watcher(askedAt, moved);
  }

  /** A master that was known already is not greeted again for the slots that it gains. */
  #adopt(map: SlotMap): void {
    const before = this.#map;
    this.#map = map;
    this.#recent = undefined;
    if (before === undefined || before === map) return;
    if (map.movedSince(before).length > 0) this.#moved = true;
    for (const node of before.nodes) {
      if (map.nodes.includes(node)) this.#arrears.gained(map.gainedSince(before, node));
    }
  }

  #renew(slots: ReadonlySet<number>): void {
    const nodes = new Set([...slots].map((slot) => this.#map?.ownerOf(slot)));
    for (const node of nodes) if (node !== undefined) this.#links.renew(node);
  }

  #asked() {
    const connected = this.#links.entries().filter(([, link]) => link.redis.status === 'ready');
    return connected.map(([node, link]) => ({
      node,
      ask: <T>(question: (redis: Redis) => Promise<T>) => link.send(() => question(link.redis)),
    }));
  }

  #passing(node: string, onFailure?: (reason: string) => void): PassingServer {
    const target = { ...this.parts.target, ...addressOf(node) };
    return new PassingServer(node, target, this.parts.clock, onFailure);
  }
}
