import { expect, test } from '@jest/globals';
import type { ChannelListener } from '../../contracts/channel.js';
import { maintenanceContract } from '../contracts/maintenance.js';
import { FakeClock } from '../fake-clock.js';
import { FaultyMaintenance } from '../faults/faulty-maintenance.js';
import { NoopMaintenance } from '../noop.js';
import { MemoryMaintenance } from './memory-maintenance.js';
import { MemoryStore } from './memory-store.js';

const SILENT: ChannelListener = {
  onKeys: () => undefined,
  onStale: () => undefined,
  onTags: () => undefined,
  onGap: () => undefined,
  onBeat: () => undefined,
  onOpen: () => undefined,
  onTopology: () => undefined,
};

maintenanceContract('maintenance of the store in memory', {
  create: () => {
    const store = new MemoryStore(new FakeClock());
    const heard: string[] = [];
    store.listen({ ...SILENT, onTags: (tags) => heard.push(...tags) });
    return { store, maintenance: new MemoryMaintenance(store), heard: () => heard };
  },
});

test('maintenance of nothing finds nothing', async () => {
  const visits: unknown[] = [];
  const visit = async (found: unknown) => visits.push(found) > 0;
  const nothing = new NoopMaintenance();
  await Promise.all([nothing.look(), nothing.doubt()]);
  await new MemoryMaintenance(new MemoryStore(new FakeClock())).look('birds', visit);
  expect(visits).toEqual([[]]);
});

test('faulty maintenance fails when the test says so, and works otherwise', async () => {
  const store = new MemoryStore(new FakeClock());
  await store.nonces(['birds:n1'], 1_000);
  const faulty = new FaultyMaintenance(new MemoryMaintenance(store));
  const found: unknown[] = [];
  const visit = async (some: readonly unknown[]) => found.push(...some) > 0;
  faulty.faults.fail('look');
  await expect(faulty.look('birds', visit)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  await faulty.doubt('@birds');
  faulty.faults.heal();
  await faulty.look('birds', visit);
  expect(found).toEqual([{ kind: 'nonce', key: 'birds:n1' }]);
});
