/** Who is told what arrives on the channel. */
export interface ChannelListener {
  onKeys(keys: readonly string[]): void;
  onTags(tags: readonly string[]): void;
  /** Messages may have been lost, or the server's data was replaced: nothing in memory can be trusted. */
  onGap(reason: string): void;
  /** The beat with this number came back. */
  onBeat(beat: number): void;
  /** The channel is connected and subscribed (again); a beat sent now will come back. */
  onOpen(): void;
}

/**
 * How invalidations reach the other processes.
 * The order of what arrives must be the order in which the server executed it, for a beat proves all that came before it.
 */
export interface Channel {
  open(listener: ChannelListener): void;
  /** Sends a beat to this process through the server. Rejects when it could not be sent. */
  beat(beat: number): Promise<void>;
  close(): Promise<void>;
}
