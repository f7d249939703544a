import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import { Cacheable, CacheEvict, defineRegions, region } from 'nuthatch';
import { CacheTestingModule, FakeClock, MemoryStore, RecordedEvents, TestRedis } from 'nuthatch/testing';

const community = defineRegions('community', { name: region<[id: string], string>({ ttl: '10m' }) });
const table = new Map<string, string>();

@Injectable()
class CommunityService {
  @Cacheable(community.name)
  async nameOf(id: string): Promise<string> {
    return table.get(id) ?? '';
  }

  @CacheEvict(community.name, (id: string) => [id])
  async rename(id: string, name: string): Promise<void> {
    table.set(id, name);
  }
}

let app: TestingModule;
let other: TestingModule;

async function start(store?: MemoryStore): Promise<TestingModule> {
  const imports = [CacheTestingModule.forRoot({ store })];
  const module = await Test.createTestingModule({ imports, providers: [CommunityService] }).compile();
  return module.init(); // the cache works from here on
}

beforeEach(async () => {
  table.set('42', 'Woods');
  app = await start();
  other = await start(app.get(MemoryStore)); // a second instance of the application
});

afterEach(() => Promise.all([app.close(), other.close()]));

test('a name is loaded once in ten minutes', async () => {
  const events = app.get(RecordedEvents).of(community.name);
  await app.get(CommunityService).nameOf('42');
  await app.get(FakeClock).advance(599_000);
  await app.get(CommunityService).nameOf('42');
  expect(events.loads).toBe(1);
  await app.get(FakeClock).advance(1_000);
  await app.get(CommunityService).nameOf('42');
  expect(events.loads).toBe(2);
});

test('a new name is seen by every instance', async () => {
  await other.get(CommunityService).nameOf('42');
  await app.get(CommunityService).rename('42', 'Trees');
  expect(await other.get(CommunityService).nameOf('42')).toBe('Trees');
});

test('without Redis names are loaded, and a new one is seen once it is back', async () => {
  await other.get(CommunityService).nameOf('42');
  app.get(TestRedis).disconnect();
  await app.get(CommunityService).rename('42', 'Trees');
  expect(await app.get(CommunityService).nameOf('42')).toBe('Trees');
  await app.get(TestRedis).reconnect();
  expect(await other.get(CommunityService).nameOf('42')).toBe('Trees');
});
