import { afterEach, describe, expect, test } from '@jest/globals';
import type { Duration } from 'nuthatch';
import { eventually } from '../support/fleet.js';
import { Fleet } from '../support/fleet-processes.js';

const PROCESSES = 4;
const CALLERS = 250;

let fleet: Fleet;

/** A fleet that no busy machine brings to a timeout: what is tested are counts. */
const start = async (leaseTtl: Duration) => {
  fleet = await Fleet.start(PROCESSES, { cache: { redisBudget: '5s', leaseTtl } });
};

afterEach(() => fleet.stop());

/** A row whose load takes 200 ms, and 250 callers in each of four processes that want it at the same time. */
async function stampede(id: string) {
  await fleet.database.command('SET', `row:${id}`, 'acorn');
  await fleet.database.command('SET', `delay:${id}`, '200');
  return fleet.workers.map((worker) => worker.call('readMany', 'key', id, CALLERS));
}

describe('a key that nobody has cached yet', () => {
  test('is loaded once in the whole fleet, and everybody gets the value', async () => {
    await start('10s');
    for (const id of ['one', 'two', 'three']) {
      const answers = await Promise.all(await stampede(id));
      expect(answers).toEqual(Array(PROCESSES).fill({ values: ['acorn'], answered: CALLERS }));
      expect(await fleet.loadersOf(id)).toHaveLength(1);
    }
  });

  test('is loaded a second time when the loading process is killed, and nobody else fails', async () => {
    await start('1s');
    const answers = await stampede('one');
    const outcomes = Promise.allSettled(answers);
    const [loader] = await eventually(
      () => fleet.loadersOf('one'),
      (pids) => pids.length === 1,
    );
    const killed = fleet.workers.findIndex(({ pid }) => pid === loader);
    fleet.workers[killed]?.kill('SIGKILL');
    const settled = await outcomes;
    expect(settled[killed]?.status).toBe('rejected');
    const survivors = settled.filter((_, i) => i !== killed);
    expect(survivors).toEqual(
      Array(PROCESSES - 1).fill({
        status: 'fulfilled',
        value: { values: ['acorn'], answered: CALLERS },
      }),
    );
    const loaders = await fleet.loadersOf('one');
    expect(loaders).toHaveLength(2);
    expect(loaders[1]).not.toBe(loader);
  });
});
