import { afterEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { CacheTestingModule, FakeClock, MemoryStore } from 'nuthatch/testing';
import { canonicalFilter } from './community.filter.js';
import { CommunityStrategy } from './community.strategy.js';
import type { CommunityFilter, CommunityMetadata, CommunityTraits } from './community.types.js';

const running: TestingModule[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
});

/** One process of a fleet; those with the same store belong together. */
async function boot(store?: MemoryStore) {
  const app = await Test.createTestingModule({
    imports: [CacheTestingModule.forRoot({ store, strategies: [CommunityStrategy] })],
  }).compile();
  await app.init();
  running.push(app);
  return { app, strategy: app.get(CommunityStrategy) };
}

type Traits = Readonly<Record<string, string>>;
const traits = (values: Traits) => values as CommunityTraits;
const birds = { id: 'birds', name: 'Birds' } as CommunityMetadata;

describe('The canonical form of a filter', () => {
  it('is the same in whatever case, order and completeness one asks', () => {
    const asked = { kind: ' Party', name: 'The ', sort: 'id', minMembers: 0, page: undefined };
    expect(canonicalFilter(asked as CommunityFilter)).toEqual({ kind: 'party', name: 'the' });
    expect(canonicalFilter({ name: '', page: 1 })).toEqual({ page: 1 });
  });

  it('keeps what makes a difference', () => {
    const asked: CommunityFilter = { minMembers: 1, sort: 'members', page: 2 };
    expect(canonicalFilter(asked)).toEqual(asked);
  });
});

describe('A change of a community', () => {
  /** The lists that are kept, by their filters. */
  async function withLists(strategy: CommunityStrategy) {
    const filters = [
      {},
      { page: 2 },
      { kind: 'party' },
      { kind: 'party', color: 'red', minMembers: 5 },
      { kind: 'party', color: 'blue' },
      { kind: 'party', color: 'green' },
      { color: 'blue' },
      { kind: 'state' },
      { kind: 'state', color: 'red' },
    ].map((filter) => canonicalFilter(filter as CommunityFilter));
    const keys = filters.map((filter) => [filter] as [CommunityFilter]);
    await strategy.list.setMany(keys.map((key) => [key, [birds]]));
    return async () => {
      const kept = await strategy.list.getMany(keys);
      return filters.filter((_, at) => kept[at] !== undefined);
    };
  }

  it('condemns the lists that it has left or come into, and no others', async () => {
    const { strategy } = await boot();
    const kept = await withLists(strategy);
    const change = {
      before: traits({ kind: 'party', color: 'Red' }),
      after: traits({ kind: 'party', color: 'blue' }),
    };
    await expect(strategy.changeCommunity('birds', () => Promise.resolve(change))).resolves.toBe(change);
    await expect(kept()).resolves.toEqual([
      { kind: 'party', color: 'green' },
      { kind: 'state' },
      { kind: 'state', color: 'red' },
    ]);
  });

  it('that founds or ends one condemns the lists that it is in', async () => {
    for (const change of [{ after: traits({ kind: 'state' }) }, { before: traits({ kind: 'state' }) }]) {
      const { strategy } = await boot();
      const kept = await withLists(strategy);
      await strategy.changeCommunity('birds', () => Promise.resolve(change));
      expect(await kept()).toHaveLength(6);
      expect(await kept()).toContainEqual({ kind: 'state', color: 'red' });
    }
  });

  it('condemns every list when nobody knows what became of it', async () => {
    const { strategy } = await boot();
    const kept = await withLists(strategy);
    await strategy.metadata.set(['birds'], birds);
    const lost = new Error('no answer');
    await expect(strategy.changeCommunity('birds', () => Promise.reject(lost))).rejects.toBe(lost);
    await expect(kept()).resolves.toEqual([]);
    await expect(strategy.metadata.has('birds')).resolves.toBe(false);
  });

  it('condemns nothing when there is no such community', async () => {
    const { strategy } = await boot();
    const kept = await withLists(strategy);
    await expect(
      strategy.changeCommunity('birds', () => Promise.resolve(undefined)),
    ).resolves.toBeUndefined();
    expect(await kept()).toHaveLength(9);
  });

  it('never condemns another community, whatever the two are called', async () => {
    const { strategy } = await boot();
    const others = ['bird', 'birds:birds', 'list', 'lists', 'id:birds'];
    await strategy.metadata.setMany(others.map((id) => [[id], birds]));
    const change = { before: traits({ kind: 'birds:birds', color: 'x' }) };
    await strategy.changeCommunity('birds', () => Promise.resolve(change));
    expect((await strategy.metadata.getMany(others.map((id) => [id]))).every(Boolean)).toBe(true);
  });
});

describe('What is kept of a community', () => {
  const ID = 'birds';
  const regions = ['metadata', 'configuration', 'memberCount', 'members', 'activity'] as const;

  async function filled() {
    const { strategy, app } = await boot();
    await strategy.metadata.set([ID], birds);
    await strategy.configuration.set([ID], { communityId: ID } as never);
    await strategy.memberCount.set([ID], { communityId: ID, members: 3 });
    await strategy.members.set([ID], []);
    await strategy.activity.set([ID], []);
    await strategy.list.set([{}], [birds]);
    await strategy.metadata.set(['bees'], birds);
    const kept = async () => {
      const present = await Promise.all(regions.map(async (name) => (await strategy[name].has(ID)) && name));
      return present.filter(Boolean);
    };
    return { strategy, app, kept };
  }

  it('is who and how many belong to it until a member comes or goes, and the rest longer', async () => {
    const { strategy, kept } = await filled();
    await strategy.changeMembers(ID, () => Promise.resolve({ before: {} }));
    await expect(kept()).resolves.toEqual(['configuration', 'activity']);
    await expect(strategy.list.has({})).resolves.toBe(false);
  });

  it('is who belongs to it until a member has another name; lists of communities stay', async () => {
    const { strategy, kept } = await filled();
    await strategy.membersRenamed([ID]);
    await expect(kept()).resolves.toEqual(['configuration', 'activity']);
    await expect(strategy.list.has({})).resolves.toBe(true);
  });

  it('is gone when it is forgotten, on every instance and with every list; others stay', async () => {
    const { strategy, kept, app } = await filled();
    const other = await boot(app.get(MemoryStore));
    await expect(other.strategy.metadata.get(ID)).resolves.toEqual(birds);
    await strategy.forget(ID);
    await expect(kept()).resolves.toEqual([]);
    await expect(strategy.list.has({})).resolves.toBe(false);
    await expect(other.strategy.metadata.get(ID)).resolves.toBeUndefined();
    await expect(strategy.metadata.has('bees')).resolves.toBe(true);
  });

  it('is gone when everything is', async () => {
    const { strategy, kept } = await filled();
    await strategy.clear();
    await expect(kept()).resolves.toEqual([]);
    await expect(strategy.metadata.has('bees')).resolves.toBe(false);
  });

  it('is fresh for as long as the table says', async () => {
    const { strategy, app } = await filled();
    expect(strategy.ttls).toEqual({
      metadata: 600_000,
      configuration: 1_800_000,
      list: 300_000,
      memberCount: 600_000,
      members: 3_600_000,
      activity: 60_000,
    });
    await app.get(FakeClock).advance(60_000);
    await expect(strategy.activity.has(ID)).resolves.toBe(false);
    await expect(strategy.metadata.has(ID)).resolves.toBe(true);
  });
});
