import { describe, expect, test } from '@jest/globals';
import { ScopedStorage } from './scoped-storage.js';

describe('What work runs inside of', () => {
  test('is known there, also after it has waited, and nowhere else', async () => {
    const storage = new ScopedStorage<string>();
    const seen: (string | undefined)[] = [];
    const outer = storage.run('outer', async () => {
      await Promise.resolve();
      seen.push(storage.current);
      await storage.run(
        'inner',
        async () => void seen.push(await Promise.resolve().then(() => storage.current)),
      );
      seen.push(storage.current);
    });
    seen.push(storage.current);
    await outer;
    expect([...seen, storage.current]).toEqual([undefined, 'outer', 'inner', 'outer', undefined]);
  });

  test('is left when the work fails', async () => {
    const storage = new ScopedStorage<string>();
    const failed = storage.run('a', () => Promise.reject(new Error('on purpose')));
    await expect(failed).rejects.toThrow('on purpose');
    expect(storage.current).toBeUndefined();
    expect(await storage.run('b', () => Promise.resolve(storage.current))).toBe('b');
  });

  test('is nothing for what is left over when all work has ended', async () => {
    const storage = new ScopedStorage<string>();
    let late: Promise<string | undefined> = Promise.resolve(undefined);
    await storage.run('a', () => {
      late = new Promise((resolve) => setImmediate(() => resolve(storage.current)));
      return Promise.resolve();
    });
    expect(await late).toBeUndefined();
  });
});
