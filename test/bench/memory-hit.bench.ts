import { LRUCache } from 'lru-cache';
import type { Contest } from './measure.js';
import { makeRow, startSubject } from './subject.js';

const KEYS = 1_024;

/** A hit from memory through a decorated method, against an `lru-cache` get behind an async function. */
export async function memoryHit(): Promise<Contest> {
  const subject = await startSubject();
  const lru = new LRUCache<number, object>({ max: 10_000 });
  for (let id = 0; id < KEYS; id++) {
    lru.set(id, makeRow(id));
    await subject.rows.fromMemory(id);
  }
  const get = async (id: number) => lru.get(id);
  return {
    name: 'memory-hit',
    ours: async (count) => {
      const { rows } = subject;
      for (let i = 0; i < count; i++) await rows.fromMemory(i % KEYS);
    },
    baseline: async (count) => {
      for (let i = 0; i < count; i++) await get(i % KEYS);
    },
    close: () => subject.close(),
  };
}
