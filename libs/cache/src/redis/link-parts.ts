import type { Clock } from '../contracts/clock.js';
import type { Resume } from '../contracts/store.js';
import type { Acquaintance } from './greeting.js';

/** What the owner of a link is told. */
export interface LinkEvents {
  /** The data on the server is not what it was: it restarted, or was flushed. */
  onNewEpoch(): void;
  /** `degraded`: what this user may not do, and what that costs. */
  onReady(degraded: readonly string[]): void;
  onLost(): void;
  onFailure(kind: 'connection' | 'command', reason: string): void;
  onBreaker(state: 'open' | 'closed'): void;
}

/** What a link works with. */
export interface LinkParts {
  /** Names the key of the server's epoch. */
  readonly names: { readonly epoch: string };
  readonly clock: Clock;
  readonly events: LinkEvents;
  /** Commands without an answer, above which the server counts as not available. */
  readonly maxInFlight: number;
  /** What must be done on the server before reads resume. Default: nothing. */
  readonly resume?: Resume;
  /** Whether the server owns a key or tag. Default: it owns all. */
  readonly owns?: (name: string) => boolean;
  /** Where the server is, if another one may take its place. Default: what Sentinel led to, `''` for a single server. */
  readonly place?: string;
  /** The data on the server's disk is never older than what it acknowledged, so that a restart keeps the epoch. */
  readonly trustPersistence?: boolean;
  /** What is known of servers, by the key of their epoch. Links that follow one another, as in a Cluster, must share it. */
  readonly acquaintances?: Map<string, Acquaintance>;
}

/** How a beat comes back: as a message on a channel, or in a Cluster through a marker, a key of the server. */
export type BeatPath = { readonly channel: string; readonly message: string } | { readonly marker: string };
