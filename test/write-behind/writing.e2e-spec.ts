import { describe, expect, it } from '@jest/globals';
import { CacheService } from 'nuthatch';
import { until, usePlace } from '../support/app.js';
import { Database, players } from './players.js';

describe.each(['memory and Redis', 'Redis only'] as const)('write-behind, %s', (name) => {
  const place = usePlace(name);
  const idle = { work: false };

  it('is read at once by all instances, before the database has it', async () => {
    const db = new Database();
    const { position, Players, PositionWriter } = players(db, { memory: place.memory });
    const start = () => place.boot({ providers: [Players, PositionWriter] }, { writeBehind: idle });
    const [here, there] = [await start(), await start()];
    await here.get(Players).find('a');
    const receipt = await here.get(CacheService).region(position).writeBehind(['a'], { x: 1 });
    expect(receipt).toMatchObject({ via: 'queue', outcome: 'confirmed' });
    await expect(here.get(Players).find('a')).resolves.toEqual({ x: 1 });
    await expect(there.get(Players).find('a')).resolves.toEqual({ x: 1 });
    expect([db.rows.size, db.loads]).toEqual([0, 1]);
  });

  it('is read from the log when Redis has evicted the entry', async () => {
    const db = new Database();
    const { position, Players, PositionWriter } = players(db, { memory: place.memory });
    const parts = { providers: [Players, PositionWriter] };
    const here = await place.boot(parts, { writeBehind: idle });
    await here.get(Players).move('a', 7);
    const entries = await place.keys(`*v:*${position.name}*`);
    expect(entries).toHaveLength(1);
    await place.server?.command('DEL', ...entries);
    const there = await place.boot(parts, { writeBehind: idle });
    await expect(there.get(CacheService).get(position, ['a'])).resolves.toEqual({ x: 7 });
    await expect(there.get(CacheService).getMany(position, [['a'], ['b']])).resolves.toEqual([
      { x: 7 },
      undefined,
    ]);
    await expect(there.get(Players).find('a')).resolves.toEqual({ x: 7 });
    await expect(place.keys(`*v:*${position.name}*`)).resolves.toEqual(entries);
    expect(db.loads).toBe(0);
  });

  it('reaches the database through the handler, the last of each key at least', async () => {
    const db = new Database();
    const { position, Players, PositionWriter } = players(db, { memory: place.memory });
    const { get } = await place.boot({ providers: [Players, PositionWriter] });
    for (let x = 1; x <= 20; x++) await get(Players).move('a', x);
    await get(Players).move('b', 1);
    await until(() => db.rows.get('a')?.value.x === 20 && db.rows.has('b'), 'the database has both');
    expect(db.batches.every(({ context }) => !context.through && context.fence > 0)).toBe(true);
    await place.server?.command('FLUSHALL');
    await expect(get(CacheService).getOrSet(position, ['b'], () => db.read('b'))).resolves.toEqual({ x: 1 });
  });

  it('is emptied at shutdown, before the database of the application is closed', async () => {
    const db = new Database();
    const { Players, PositionWriter } = players(db, { memory: place.memory });
    const { app, get } = await place.boot({ providers: [Players, PositionWriter] });
    const ids = Array.from({ length: 200 }, (_, i) => `p${i}`);
    await Promise.all(ids.map((id) => get(Players).move(id, 1)));
    await app.close();
    expect([db.rows.size, db.closed]).toEqual([200, true]);
  });

  it('goes to the database directly while Redis is frozen, and is not overtaken by what the log still has', async () => {
    const db = new Database();
    const { position, Players, PositionWriter } = players(db, { memory: place.memory });
    const start = () =>
      place.boot(
        { providers: [Players, PositionWriter] },
        { writeBehind: { work: false, ackTimeout: 300 }, redisBudget: 100 },
      );
    const [here, there] = [await start(), await start()];
    await here.get(Players).move('a', 1);
    place.server?.freeze();
    try {
      await here.get(Players).move('a', 2);
      expect(db.rows.get('a')?.value).toEqual({ x: 2 });
      expect(db.batches[0]?.context.through).toBe(true);
    } finally {
      place.server?.thaw();
    }
    const confirmed = async () => (await here.get(CacheService).evict(position, [['a']])) === 'confirmed';
    await until(confirmed, 'the writer is connected again');
    // the log still has the older value: from here on nobody may be given it
    await expect(there.get(CacheService).get(position, ['a'])).resolves.not.toEqual({ x: 1 });
    await until(async () => (await there.get(Players).find('a')).x === 2, 'the new value is read elsewhere');
    await until(async () => (await here.get(Players).find('a')).x === 2, 'and here');
    await place.boot({ providers: [Players, PositionWriter] });
    await until(() => db.batches.length > 1, 'the log is emptied');
    expect(db.rows.get('a')?.value).toEqual({ x: 2 });
  });

  it('frees the key of a write that is not taken', async () => {
    const db = new Database();
    const writeBehind = { maxDepth: 1, partitions: 1, whenFull: 'reject' } as const;
    const { position, Players, PositionWriter } = players(db, { memory: place.memory, writeBehind });
    const { get } = await place.boot({ providers: [Players, PositionWriter] }, { writeBehind: idle });
    await get(Players).move('a', 1);
    await expect(get(Players).move('a', 2)).rejects.toMatchObject({ code: 'WRITE_BEHIND_FULL' });
    await expect(place.keys(`w:*${position.name}*`)).resolves.toEqual([]);
    await expect(get(Players).find('a')).resolves.toEqual({ x: 1 });
    await expect(place.keys(`*v:*${position.name}*`)).resolves.toHaveLength(1);
  });

  it('keeps what the handler refuses for good, for the operator', async () => {
    const db = new Database();
    const { position, Players, PositionWriter } = players(db, { memory: place.memory });
    db.refuses = ({ value }) => value.x < 0;
    const { get } = await place.boot({ providers: [Players, PositionWriter] });
    const letters = get(CacheService).deadLetters(position);
    await get(Players).move('a', -1);
    await get(Players).move('b', 1);
    await until(async () => (await letters.list()).length === 1 && db.rows.has('b'), 'one is refused');
    const [letter] = await letters.list();
    expect(letter).toMatchObject({ write: { args: ['a'], value: { x: -1 } } });
    expect(letter?.reason).not.toContain('-1');
    // what was refused is read no more
    await until(async () => (await get(Players).find('a')).x === 0, 'the database answers');
    db.refuses = () => false;
    await expect(letters.replay('all')).resolves.toBe(1);
    await until(async () => (await get(Players).find('a')).x === -1, 'it is there after all');
    await expect(letters.list()).resolves.toEqual([]);
    await expect(letters.drop('all')).resolves.toBe(0);
  });
});
