import { describe, expect, test } from '@jest/globals';
import type { BehindContext, BehindHandler, BehindWrite } from '../contracts/behind-handler.js';
import { DirectWrites } from './direct-writes.js';
import { Away, BadRow, regionOf, TERMS } from './workers.fixture.js';

type Batch = readonly BehindWrite[];

function directly(handle: (batch: Batch, context: BehindContext) => unknown, coalesce = true, batch = 500) {
  const batches: string[][] = [];
  const handler: BehindHandler = {
    region: regionOf('flock'),
    terms: { ...TERMS, coalesce, batch },
    write: async (writes, context) => {
      batches.push(writes.map(({ args, version }) => `${String(args[0])}@${version}`));
      await handle(writes, context);
    },
  };
  const direct = new DirectWrites(() => handler);
  const write = (key: string, version: number, partition = 0) =>
    direct.write(key, partition, { args: [key], value: version, version, id: `${key}${version}` });
  return { batches, write };
}

describe('writes that go to the database directly', () => {
  test('go out together when others are under way, the newest of each key, and resolve together', async () => {
    const { batches, write } = directly(() => undefined);
    await Promise.all([write('a', 1), write('b', 3), write('b', 2), write('c', 4), write('b', 5)]);
    expect(batches).toEqual([['a@1'], ['b@5', 'c@4']]);
  });

  test('are all handed over where the handler wants each', async () => {
    const { batches, write } = directly(() => undefined, false);
    await Promise.all([write('a', 1), write('b', 2), write('b', 3)]);
    expect(batches).toEqual([['a@1'], ['b@2', 'b@3']]);
  });

  test('of different logs go out side by side, those of one never more than a batch at once', async () => {
    const { batches, write } = directly(() => undefined, true, 2);
    await Promise.all([write('a', 1), write('b', 2, 1), write('c', 3), write('d', 4, 1), write('e', 5, 1)]);
    expect(batches).toEqual([['a@1'], ['b@2'], ['c@3'], ['d@4', 'e@5']]);
  });

  test('each have an answer of their own when the database refuses some', async () => {
    const { write } = directly((batch) => {
      if (batch.some(({ value }) => value === 3)) throw new BadRow();
    });
    const outcomes = await Promise.allSettled([write('a', 1), write('b', 2), write('b', 3), write('c', 4)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });

  test('fail together, after one attempt, when the database is away', async () => {
    const { batches, write } = directly(() => {
      throw new Away();
    });
    const outcomes = await Promise.allSettled([write('a', 1), write('b', 2), write('c', 3)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(batches).toEqual([['a@1'], ['b@2', 'c@3']]);
  });

  test('tell the handler that somebody waits, and go on afterwards', async () => {
    const contexts: BehindContext[] = [];
    const { write } = directly((_, context) => contexts.push(context));
    await write('a', 1);
    await write('a', 2);
    expect(contexts).toEqual([
      expect.objectContaining({ region: 'flock', partition: 0, fence: 0, attempt: 1, through: true }),
      expect.objectContaining({ through: true }),
    ]);
  });
});
