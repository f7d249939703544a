import { describe, expect, test } from '@jest/globals';
import { ReadBatch } from './read-batch.js';

const setUp = (
  answer = (names: string[]) => names.map((name) => Buffer.from(`of ${name}`) as Buffer | null),
) => {
  const sent: string[][] = [];
  const batch = new ReadBatch(async (names) => {
    sent.push(names);
    return answer(names);
  });
  return { sent, batch };
};

describe('reads', () => {
  test('that start in one tick go out as one, and each gets its own', async () => {
    const { sent, batch } = setUp();
    const replies = await Promise.all([batch.read(['a']), batch.read(['b', 't1', 't2']), batch.read(['c'])]);
    expect(sent).toEqual([['a', 'b', 't1', 't2', 'c']]);
    expect(replies.map(({ bytes, nonces }) => [String(bytes), nonces])).toEqual([
      ['of a', []],
      ['of b', ['of t1', 'of t2']],
      ['of c', []],
    ]);
  });

  test('of different ticks go out separately', async () => {
    const { sent, batch } = setUp();
    const first = batch.read(['a']);
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([first, batch.read(['b'])]);
    expect(sent).toEqual([['a'], ['b']]);
  });

  test('wait for the end of the tick and for nothing else', async () => {
    const { sent, batch } = setUp();
    const read = batch.read(['a']);
    expect(sent).toEqual([]);
    await new Promise((resolve) => process.nextTick(resolve));
    expect(sent).toEqual([['a']]);
    await read;
  });

  test.each([
    { reads: 128, namesEach: 1, sizes: [128] },
    { reads: 129, namesEach: 1, sizes: [128, 1] },
    { reads: 300, namesEach: 1, sizes: [128, 128, 44] },
    { reads: 65, namesEach: 2, sizes: [128, 2] },
    { reads: 43, namesEach: 3, sizes: [126, 3] },
    { reads: 2, namesEach: 200, sizes: [200, 200] },
  ])(
    'of 128 names at most go out together, a read never in two parts: $reads of $namesEach',
    async ({ reads, namesEach, sizes }) => {
      const { sent, batch } = setUp();
      const names = (read: number) => Array.from({ length: namesEach }, (_, i) => `${read}.${i}`);
      const replies = await Promise.all(Array.from({ length: reads }, (_, read) => batch.read(names(read))));
      expect(sent.map(({ length }) => length)).toEqual(sizes);
      replies.forEach(({ bytes, nonces }, read) => {
        const [own, ...tags] = names(read).map((name) => `of ${name}`);
        expect([String(bytes), nonces]).toEqual([own, tags]);
      });
    },
  );

  test('find nothing where there is nothing', async () => {
    const { batch } = setUp((names) => names.map(() => null));
    expect(await batch.read(['a', 't1'])).toEqual({ bytes: null, nonces: [null] });
  });

  test('that fail, fail for those that went out together and for no others', async () => {
    const error = new Error('gone');
    const { batch } = setUp((names) => {
      if (names.includes('bad')) throw error;
      return names.map(() => null);
    });
    const together = [batch.read(['a']), batch.read(['bad'])];
    for (const read of together) await expect(read).rejects.toBe(error);
    expect(await batch.read(['a'])).toEqual({ bytes: null, nonces: [] });
  });

  test('that bring what is too long get what is left of it', async () => {
    const refused: string[] = [];
    const sizes = [3, 4, 2, 9];
    const mget = async (names: string[]) => names.map((_, i) => Buffer.alloc(sizes[i] ?? 0, 'x'));
    const batch = new ReadBatch(mget, 3, (name, bytes) => {
      refused.push(`${name} ${bytes.length}`);
      return bytes.subarray(0, 1);
    });
    const replies = await Promise.all([batch.read(['a']), batch.read(['b']), batch.read(['c', 't'])]);
    expect(replies.map(({ bytes }) => String(bytes))).toEqual(['xxx', 'x', 'xx']);
    expect(replies[2]?.nonces).toEqual(['x'.repeat(9)]);
    expect(refused).toEqual(['b 4']);
  });

  test.each([0, 256, 100_000])('take no nonce of %d bytes', async (length) => {
    const batch = new ReadBatch(async () => [null, Buffer.alloc(length, 'n'), Buffer.alloc(255, 'n')]);
    expect((await batch.read(['a', 't', 'u'])).nonces).toEqual([null, 'n'.repeat(255)]);
  });
});
