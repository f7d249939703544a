import { channelContract } from '../contracts/channel.js';
import { FakeClock } from '../fake-clock.js';
import { MemoryChannel } from './memory-channel.js';
import { MemoryStore } from './memory-store.js';

channelContract('the channel in memory', {
  create: () => {
    const store = new MemoryStore(new FakeClock());
    return { join: () => ({ store, channel: new MemoryChannel(store) }) };
  },
});
