import { labelWhere, SLOTS } from './slots.js';

/** Slots from the first to the last that belong to one master. */
export interface SlotRange {
  readonly first: number;
  readonly last: number;
  /** `host:port` of the master. */
  readonly node: string;
}

/** Who owns which slot of a Cluster, as one server told it. Never changes: a later answer makes another map. */
export class SlotMap {
  /** The masters that own any slot. */
  readonly nodes: readonly string[];
  readonly #owners: readonly (string | undefined)[];
  readonly #labels: ReadonlyMap<string, string>;

  private constructor(
    owners: readonly (string | undefined)[],
    nodes: readonly string[],
    labels: ReadonlyMap<string, string>,
  ) {
    this.#owners = owners;
    this.nodes = nodes;
    this.#labels = labels;
  }

  static of(ranges: readonly SlotRange[]): SlotMap {
    const owners = new Array<string | undefined>(SLOTS).fill(undefined);
    for (const { first, last, node } of ranges) owners.fill(node, first, last + 1);
    const nodes = [...new Set(ranges.map(({ node }) => node))];
    return new SlotMap(owners, nodes, labelsOf(owners, nodes));
  }

  ownerOf(slot: number): string | undefined {
    return this.#owners[slot];
  }

  /** A text whose slot the master owns: the same for every process that knows this map. */
  labelOf(node: string): string | undefined {
    return this.#labels.get(node);
  }

  /** A text whose slot the master owns and that is not this slot. */
  labelBeside(slot: number, node: string): string | undefined {
    return labelWhere((other) => other !== slot && this.#owners[other] === node);
  }

  /** The same map but for one slot of a master in it. The labels stay: all processes agree only on those of whole answers. */
  withOwner(slot: number, node: string): SlotMap {
    const owners = [...this.#owners];
    owners[slot] = node;
    return new SlotMap(owners, this.nodes, this.#labels);
  }

  /** The slots that had another owner before, those that had none not counted. */
  movedSince(before: SlotMap): number[] {
    return this.#differing(before).filter((slot) => before.#owners[slot] !== undefined);
  }

  /** The slots that a master owns and did not own before. */
  gainedSince(before: SlotMap, node: string): number[] {
    return this.#differing(before).filter((slot) => this.#owners[slot] === node);
  }

  #differing(before: SlotMap): number[] {
    const slots: number[] = [];
    for (let slot = 0; slot < SLOTS; slot++)
      if (this.#owners[slot] !== before.#owners[slot]) slots.push(slot);
    return slots;
  }
}

function labelsOf(
  owners: readonly (string | undefined)[],
  nodes: readonly string[],
): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const node of nodes) {
    const label = labelWhere((slot) => owners[slot] === node);
    if (label !== undefined) labels.set(node, label);
  }
  return labels;
}

/**
 * The ranges in an answer to CLUSTER SLOTS. A master without a host, or with `?` for one, is at the host that was asked.
 * What is no range of slots is left out.
 */
export function slotRanges(reply: unknown, askedHost: string): SlotRange[] {
  if (!Array.isArray(reply)) return [];
  return reply.flatMap((range: unknown) => {
    if (!Array.isArray(range) || !Array.isArray(range[2])) return [];
    const [first, last] = [Number(range[0]), Number(range[1])];
    const [host, port] = range[2] as unknown[];
    const isRange = Number.isInteger(first) && Number.isInteger(last) && 0 <= first && last < SLOTS;
    return isRange ? [{ first, last, node: nodeName(host, Number(port), askedHost) }] : [];
  });
}

/** How a server is called everywhere: `host:port`. */
export function nodeName(host: unknown, port: number, askedHost: string): string {
  const isKnown = typeof host === 'string' && host !== '' && host !== '?';
  return `${isKnown ? host : askedHost}:${port}`;
}

/** Host and port of a server by its name; an IPv6 address holds colons itself. */
export function addressOf(node: string): { host: string; port: number } {
  const colon = node.lastIndexOf(':');
  return { host: node.slice(0, colon), port: Number(node.slice(colon + 1)) };
}
