import type { Channel, ChannelListener } from '../../contracts/channel.js';
import type { MemoryStore } from './memory-store.js';
import { MEMORY_NODE } from './memory-store.js';

const NODES: readonly string[] = [MEMORY_NODE];

/**
 * The channel of a MemoryStore: one for each application that shares it. What happens is told while it happens, before the
 * command is answered, so that a test sees it without waiting.
 */
export class MemoryChannel implements Channel {
  #listener: ChannelListener | undefined;
  #leave: () => void = () => undefined;

  constructor(private readonly store: MemoryStore) {}

  nodes(): readonly string[] {
    return NODES;
  }

  nodeOf(_name: string): string {
    return MEMORY_NODE;
  }

  open(listener: ChannelListener): void {
    this.#leave();
    this.#listener = listener;
    this.#leave = this.store.listen(listener);
    listener.onOpen(MEMORY_NODE);
  }

  async beat(beat: number, node: string): Promise<void> {
    this.#listener?.onBeat(beat, node);
  }

  async close(): Promise<void> {
    this.#leave();
    this.#listener = undefined;
  }
}
