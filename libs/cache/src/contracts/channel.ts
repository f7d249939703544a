/** Who is told what arrives on the channel. `node` names the server that it came from. */
export interface ChannelListener {
  onKeys(keys: readonly string[]): void;
  /** Entries that were made stale: they may still answer where a loader fails. */
  onStale(keys: readonly string[]): void;
  onTags(tags: readonly string[]): void;
  /** Messages may have been lost, or the server's data was replaced: nothing in memory that depends on it can be trusted. */
  onGap(reason: string, node: string): void;
  /** The beat with this number came back. */
  onBeat(beat: number, node: string): void;
  /** The channel is connected and subscribed (again); a beat sent now will come back. */
  onOpen(node: string): void;
  /**
   * Which servers there are and who owns what was confirmed by an answer to a question that was sent at `askedAt`
   * (monotonic). `moved`: keys or tags have changed their owner, so what is remembered of them may have missed something.
   */
  onTopology(askedAt: number, nodes: readonly string[], moved: boolean): void;
}

/**
 * How invalidations reach the other processes: one server, or every master of a Cluster.
 * The order of what arrives from a server must be the order in which it executed it, for a beat proves all that came before it.
 */
export interface Channel {
  /** The servers there are; one that never changes for a single server. */
  nodes(): readonly string[];
  /** The server whose messages tell of a key or tag, `undefined` while nobody knows. */
  nodeOf(name: string): string | undefined;
  open(listener: ChannelListener): void;
  /** Sends a beat to this process through a server. Rejects when it could not be sent. */
  beat(beat: number, node: string): Promise<void>;
  close(): Promise<void>;
}
