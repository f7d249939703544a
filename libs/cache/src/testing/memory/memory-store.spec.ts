import { storeContract } from '../contracts/store.js';
import { FakeClock } from '../fake-clock.js';
import { MemoryStore } from './memory-store.js';

storeContract('the store in memory', {
  create: () => {
    const clock = new FakeClock();
    return { store: new MemoryStore(clock), advance: (ms) => clock.advance(ms) };
  },
});
