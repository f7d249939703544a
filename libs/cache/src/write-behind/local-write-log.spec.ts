import { describe } from '@jest/globals';
import { writeLogContract } from '../testing/contracts/write-log.js';
import { FakeClock } from '../testing/fake-clock.js';
import { LocalWriteLog } from './local-write-log.js';

describe('the log in memory', () => {
  writeLogContract('keeps the promises of the port', {
    create: () => {
      const clock = new FakeClock();
      return { log: new LocalWriteLog(clock), advance: (ms) => clock.advance(ms) };
    },
  });
});
