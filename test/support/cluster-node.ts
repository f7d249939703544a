import type { RedisServer } from './redis-server.js';
import { respCommand } from './resp.js';

/** A node of a Cluster as the nodes themselves describe it. */
export interface ClusterNode {
  readonly id: string;
  readonly port: number;
  readonly role: 'master' | 'replica';
  /** The master that a replica follows. */
  readonly masterId: string | undefined;
  /** The slots of a master, first and last of each range. */
  readonly slots: readonly { readonly from: number; readonly to: number }[];
  /** Grows with each change of owners: of two views the one with the greater epoch is newer. */
  readonly epoch: number;
}

const ANSWER_MS = 1_000;
const UNUSABLE = ['fail', 'handshake', 'noaddr'];

/** The nodes that one node knows and does not hold to be failed, by their ids. Rejects when it does not answer. */
export async function nodesKnownTo({ port }: RedisServer): Promise<ClusterNode[]> {
  const text = String(await respCommand(port, ['CLUSTER', 'NODES'], ANSWER_MS));
  const nodes = text.trim().split('\n').map(nodeOf);
  return nodes.filter((node) => node !== undefined).sort((one, other) => (one.id < other.id ? -1 : 1));
}

// <id> <ip:port@bus> <flags> <master> <ping> <pong> <epoch> <link> <slots>...
function nodeOf(line: string): ClusterNode | undefined {
  const [id = '', address = '', flags = '', masterId = '', , , epoch, , ...slots] = line.split(' ');
  const words = flags.split(',');
  if (words.some((word) => UNUSABLE.includes(word))) return undefined;
  return {
    id,
    port: Number(/:(\d+)/.exec(address)?.[1]),
    role: words.includes('master') ? 'master' : 'replica',
    masterId: masterId === '-' ? undefined : masterId,
    // In brackets stands a slot that is being moved.
    slots: slots.filter((range) => !range.startsWith('[')).map(rangeOf),
    epoch: Number(epoch),
  };
}

function rangeOf(range: string): { from: number; to: number } {
  const [from = NaN, to = from] = range.split('-').map(Number);
  return { from, to };
}

/** The name by which the nodes know this one. */
export function idOf(server: RedisServer): Promise<string> {
  return server.command('CLUSTER', 'MYID');
}

/** Whether a node takes commands and, as a replica, has what its master has. */
export async function isServing(server: RedisServer): Promise<boolean> {
  if (!(await server.command('CLUSTER', 'INFO')).includes('cluster_state:ok')) return false;
  const replication = await server.command('INFO', 'replication');
  return replication.includes('role:master') || replication.includes('master_link_status:up');
}
