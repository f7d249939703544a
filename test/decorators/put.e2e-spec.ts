import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { CachePut, Cacheable, CacheEvict, CacheService, defineRegions, region } from 'nuthatch';
import { PLACES, usePlace } from '../support/app.js';

/** A promise that a test fulfils when it is time. */
function signal() {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give };
}

describe.each(PLACES)('@CachePut, %s', (name) => {
  const place = usePlace(name);
  const { one } = defineRegions('put', { one: region<[id: string], string>({ memory: place.memory }) });

  @Injectable()
  class Names {
    loads = 0;
    readonly rows = new Map([['a', 'old']]);
    beforeReading = Promise.resolve();
    afterReading = Promise.resolve();

    @Cacheable(one)
    async find(id: string): Promise<string> {
      this.loads += 1;
      await this.beforeReading;
      const row = this.rows.get(id) ?? 'none';
      await this.afterReading;
      return row;
    }

    @CachePut(one, (id: string) => [id])
    async rename(id: string, name: string): Promise<string> {
      this.rows.set(id, name);
      return name;
    }

    /** Writes at once, and returns when it is told to. */
    @CachePut(one, (id: string) => [id])
    async renameSlowly(id: string, name: string, end: Promise<void>): Promise<string> {
      this.rows.set(id, name);
      await end;
      return name;
    }

    @CachePut(one, (id: string) => [id])
    async renameAndFail(id: string, name: string): Promise<string> {
      this.rows.set(id, name);
      throw new RangeError(`no answer about ${id}`);
    }

    @CachePut<Names['renameUnless']>({
      region: one,
      key: (id) => [id],
      unless: (_result, _id, _name, not) => not,
    })
    async renameUnless(id: string, name: string, _not: boolean): Promise<string> {
      this.rows.set(id, name);
      return name;
    }

    @CachePut<Names['renameIf']>({
      region: one,
      key: (id) => [id],
      condition: (_id, _name, wanted) => wanted,
    })
    async renameIf(id: string, name: string, _wanted: boolean): Promise<string> {
      return name;
    }

    @CachePut(one, (id: string) => [id])
    async remove(id: string): Promise<string | undefined> {
      this.rows.delete(id);
      return undefined;
    }

    @CacheEvict(one)
    async forget(_id: string): Promise<void> {}
  }

  async function start() {
    const booted = await place.boot({ providers: [Names] });
    return { names: booted.get(Names), cache: booted.get(CacheService) };
  }

  it('makes its result visible to all that read, without a load', async () => {
    const [{ names }, { names: elsewhere }] = [await start(), await start()];
    await names.find('a');
    await expect(names.rename('a', 'new')).resolves.toBe('new');
    await expect(names.find('a')).resolves.toBe('new');
    await expect(names.find('b')).resolves.toBe('none');
    expect(names.loads).toBe(2);
    // with memory only there is one instance: what others have is theirs
    await expect(elsewhere.find('a')).resolves.toBe(place.hasRedis ? 'new' : 'old');
    expect(elsewhere.loads).toBe(place.hasRedis ? 0 : 1);
  });

  it('runs the method every time', async () => {
    const { names } = await start();
    await names.rename('a', 'one');
    await expect(names.rename('a', 'two')).resolves.toBe('two');
    await expect(names.find('a')).resolves.toBe('two');
    expect(names.loads).toBe(0);
  });

  it('leaves nothing when the method throws, for it may have written', async () => {
    const { names } = await start();
    await names.find('a');
    await expect(names.renameAndFail('a', 'new')).rejects.toThrow(new RangeError('no answer about a'));
    await expect(names.find('a')).resolves.toBe('new');
    expect(names.loads).toBe(2);
  });

  it('leaves nothing when unless refuses the result, or it is undefined', async () => {
    const { names } = await start();
    await names.find('a');
    await names.renameUnless('a', 'new', true);
    await expect(names.find('a')).resolves.toBe('new');
    await names.remove('a');
    await expect(names.find('a')).resolves.toBe('none');
    await names.renameUnless('a', 'newer', false);
    await expect(names.find('a')).resolves.toBe('newer');
    expect(names.loads).toBe(3);
  });

  it('leaves everything as it is where condition says no', async () => {
    const { names } = await start();
    await names.find('a');
    await expect(names.renameIf('a', 'new', false)).resolves.toBe('new');
    await expect(names.find('a')).resolves.toBe('old');
    await names.renameIf('a', 'new', true);
    await expect(names.find('a')).resolves.toBe('new');
    expect(names.loads).toBe(1);
  });

  it('hands on and keeps the value as frozen as a load does', async () => {
    const { names, cache } = await start();
    await names.rename('a', 'new');
    await expect(cache.get(one, ['a'])).resolves.toBe('new');
  });

  it.each([
    ['first', 0],
    ['second', 1],
  ])('leaves nothing of two puts at once, when the %s ends first', async (_, first) => {
    const { names, cache } = await start();
    const ends = [signal(), signal()];
    const puts = ends.map(({ given }, n) => names.renameSlowly('a', `name ${n}`, given));
    // both have begun when both have written
    const begun = async () => (
      await Promise.race([...puts, Promise.resolve()]),
      names.rows.get('a') === 'name 1'
    );
    while (!(await begun())) await new Promise(setImmediate);
    ends[first]?.give();
    await puts[first];
    ends[1 - first]?.give();
    await Promise.all(puts);
    await expect(cache.get(one, ['a'])).resolves.toBeUndefined();
    await expect(names.find('a')).resolves.toBe('name 1');
    expect(names.loads).toBe(1);
  });

  it('is not undone by a load that read the old value before it and returns after it', async () => {
    const { names } = await start();
    const reading = signal();
    names.afterReading = reading.given;
    const load = names.find('a');
    while (names.loads === 0) await new Promise(setImmediate);
    await names.rename('a', 'new');
    reading.give();
    await load;
    await expect(names.find('a')).resolves.toBe('new');
    expect(names.loads).toBe(1);
  });

  it('keeps no value when an evict came between', async () => {
    const { names, cache } = await start();
    const end = signal();
    const put = names.renameSlowly('a', 'new', end.given);
    while (names.rows.get('a') !== 'new') await new Promise(setImmediate);
    names.rows.set('a', 'by somebody else');
    await names.forget('a');
    end.give();
    await put;
    await expect(cache.get(one, ['a'])).resolves.toBeUndefined();
    await expect(names.find('a')).resolves.toBe('by somebody else');
  });
});
