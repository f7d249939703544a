import { strict as assert } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import type { Companion, Maintenance } from '../../contracts/maintenance.js';
import type { Store } from '../../contracts/store.js';
import type { Promises, Subjects, TestRunner } from './runner.js';
import { declareContract } from './runner.js';
import { LONG, StoreBench } from './store-bench.js';

/** Maintenance under test, with the store that it looks through. */
export interface MaintenanceSubject {
  readonly store: Store;
  readonly maintenance: Maintenance;
  /** The tags that a process which listens was told of so far. */
  heard(): readonly string[];
}

const PATIENCE_MS = 5_000;

async function found({ maintenance }: MaintenanceSubject, region: string): Promise<string[]> {
  const all: Companion[] = [];
  await maintenance.look(region, async (some) => {
    all.push(...some);
    return true;
  });
  return [...new Set(all.map(({ kind, key }) => `${kind} ${key}`))].sort();
}

const looks: Promises<MaintenanceSubject> = {
  'finds the entries of a region, however many, and of no other': async (subject) => {
    const bench = new StoreBench(subject);
    const keys = bench.keys(1_200).map((key) => key.replace('seeds:', 'acorns:'));
    for (let from = 0; from < keys.length; from += 100)
      await Promise.all(keys.slice(from, from + 100).map((key) => bench.filled(key)));
    await bench.filled(bench.key());
    await bench.filled('acorns.brown:n1');
    assert.deepEqual(await found(subject, 'acorns'), keys.map((key) => `value ${key}`).sort());
  },

  'finds leases, writers and the nonces of keys': async (subject) => {
    const bench = new StoreBench(subject);
    const [leased, written, tagged] = ['beech:n1', 'beech:n2', 'beech:n3'];
    await bench.lease(leased);
    await bench.begun(written);
    await subject.store.nonces([tagged, '#beech:n4', '@beech'], LONG);
    assert.deepEqual(await found(subject, 'beech'), [
      `lease ${leased}`,
      `nonce ${tagged}`,
      `writers ${written}`,
    ]);
  },

  'ends when nothing more is wanted': async (subject) => {
    const bench = new StoreBench(subject);
    for (let n = 0; n < 2_000; n += 100)
      await Promise.all(Array.from({ length: 100 }, (_, i) => bench.filled(`oak:n${n + i}`)));
    let visits = 0;
    await subject.maintenance.look('oak', async () => ++visits < 1);
    assert.equal(visits, 1);
  },
};

const doubts: Promises<MaintenanceSubject> = {
  'tells everybody of a tag, and leaves its nonce as it is': async (subject) => {
    const [nonce] = await subject.store.nonces(['@doubted'], LONG);
    await subject.maintenance.doubt('@doubted');
    const until = performance.now() + PATIENCE_MS;
    while (!subject.heard().includes('@doubted') && performance.now() < until) await pause(5);
    assert.ok(subject.heard().includes('@doubted'));
    assert.deepEqual(await subject.store.peekNonces(['@doubted']), [nonce]);
  },
};

/** The promises of maintenance, for any implementation. */
export function maintenanceContract(
  name: string,
  setup: Subjects<MaintenanceSubject>,
  runner?: TestRunner,
): void {
  declareContract(name, { looks, doubts }, setup, runner);
}
