import type { Channel, ChannelListener } from '../contracts/channel.js';
import type { DerivedStore, RecountReply } from '../contracts/derived-store.js';
import type { Maintenance } from '../contracts/maintenance.js';
import { SweepReport } from '../contracts/sweep-report.js';
import type { LateNonce, LeaseReply, ReadReply, Store, TagClocks } from '../contracts/store.js';

/**
 * A store that never has anything and takes nothing, but answers: with it every call loads and nothing is kept anywhere.
 * That loads are not to be stored it says as a store does while somebody writes.
 */
export class NoopStore implements Store {
  available = (): boolean => true;
  reachable = (): boolean => true;
  timedOut = (): void => undefined;
  distrust = (): void => undefined;
  epoch = (): string => '0000000000000000';
  serverTime = (_name: string, monotonic = performance.now()): number => performance.timeOrigin + monotonic;

  async read(_key: string, tags: readonly string[]): Promise<ReadReply> {
    return { bytes: null, nonces: tags.map(() => null) };
  }

  async peekNonces(tags: readonly string[]): Promise<readonly null[]> {
    return tags.map(() => null);
  }

  async nonces(tags: readonly string[]): Promise<readonly string[]> {
    return tags.map(() => 'none');
  }

  async tagClocks(): Promise<TagClocks> {
    return [];
  }

  async lateNonces(tags: readonly string[]): Promise<readonly LateNonce[]> {
    return tags.map(() => ({ nonce: 'none', timely: false }));
  }

  async lease(): Promise<LeaseReply> {
    return { kind: 'writing' };
  }

  renew = (): Promise<boolean> => Promise.resolve(false);
  release = (): Promise<void> => Promise.resolve();
  fill = (): Promise<boolean> => Promise.resolve(false);
  touch = (): Promise<boolean> => Promise.resolve(false);
  evict = (): Promise<boolean> => Promise.resolve(true);
  expire = (): Promise<void> => Promise.resolve();
  begin = (): Promise<void> => Promise.resolve();
  commit = (): Promise<boolean> => Promise.resolve(false);
  invalidateTags = (): Promise<boolean> => Promise.resolve(true);
}

/** A store of counters and rankings that keeps nothing: each read counts anew. */
export class NoopDerivedStore implements DerivedStore {
  read = (): Promise<undefined> => Promise.resolve(undefined);
  recount = (): Promise<RecountReply> => Promise.resolve({ kind: 'changing', reserved: false });
  fill = (): Promise<boolean> => Promise.resolve(false);
  renew = (): Promise<boolean> => Promise.resolve(false);
  release = (): Promise<void> => Promise.resolve();
  begin = (): Promise<boolean> => Promise.resolve(true);
  commit = (): Promise<boolean> => Promise.resolve(false);
  drop = (): Promise<void> => Promise.resolve();
}

/** A channel on which nothing is ever heard, not even a beat: memory that depends on it never answers. */
export class NoopChannel implements Channel {
  nodes = (): readonly string[] => [];
  nodeOf = (): undefined => undefined;
  open(_listener: ChannelListener): void {}
  beat = (): Promise<void> => Promise.resolve();
  close = (): Promise<void> => Promise.resolve();
}

/** Maintenance of a store that keeps nothing: there is nothing to be found. */
export class NoopMaintenance implements Maintenance {
  readonly keysMove = false;
  look = (): Promise<void> => Promise.resolve();
  doubt = (): Promise<void> => Promise.resolve();
  announce = (): Promise<void> => Promise.resolve();
  sweep = (): Promise<SweepReport> => Promise.resolve(new SweepReport());
  figures = (): Promise<undefined> => Promise.resolve(undefined);
}
