import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Fleet } from '../support/fleet-processes.js';
import type { Way } from '../support/fleet.worker.js';

const KEYS = 1_000;
const FROZEN_MS = 10_000;

let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.start(2, { cache: { redisBudget: '5s' } });
});

afterAll(() => fleet.stop());

describe('a process that is frozen for 10 s while 1,000 rows are written and evicted', () => {
  test.each<Way>(['key', 'tag'])('serves none of them old when it wakes: by %s', async (way) => {
    const [sleeper, writer] = fleet.workers;
    if (sleeper === undefined || writer === undefined) throw new Error('this takes two processes');
    const ids = Array.from({ length: KEYS }, (_, i) => `${way}-${i}`);
    const fields = (value: string) => ids.flatMap((id) => [`row:${id}`, value]);
    await fleet.database.command('MSET', ...fields('old'));
    await sleeper.call('readEach', way, ids);
    // the second time they come from its memory
    expect(new Set(await sleeper.call('readEach', way, ids))).toEqual(new Set(['old']));

    sleeper.kill('SIGSTOP');
    const frozenAt = performance.now();
    for (let from = 0; from < KEYS; from += 100) {
      await Promise.all(ids.slice(from, from + 100).map((id) => writer.call('write', way, id, 'new')));
    }
    // asked while it cannot answer: this is the first thing it finds when it wakes
    const answers = sleeper.call('readEach', way, ids);
    await pause(FROZEN_MS - (performance.now() - frozenAt));
    sleeper.kill('SIGCONT');
    expect(new Set(await answers)).toEqual(new Set(['new']));
  });
});
