import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cacheable, CacheEvict, CacheService, defineRegions, region } from 'nuthatch';
import { PLACES, until, usePlace } from '../support/app.js';

describe.each(PLACES)('@CacheEvict, %s', (name) => {
  const place = usePlace(name);
  const { one, other } = defineRegions('evict', {
    one: region<[id: string], string>({ memory: place.memory }),
    other: region<[id: string], string>({ memory: place.memory }),
  });

  @Injectable()
  class Names {
    loads = 0;
    row = 'old';
    /** Runs inside every method that writes, before it writes. */
    meanwhile: () => unknown = () => undefined;

    constructor(readonly cache: CacheService) {}

    @Cacheable(one)
    async find(_id: string): Promise<string> {
      this.loads += 1;
      return this.row;
    }

    @Cacheable(other)
    async findOther(_id: string): Promise<string> {
      this.loads += 1;
      return this.row;
    }

    @CacheEvict(one, (id: string) => [id])
    rename(_id: string, name: string): Promise<string> {
      return this.write(name);
    }

    @CacheEvict(one, (id: string) => [id])
    async renameAndFail(_id: string, name: string): Promise<void> {
      await this.write(name);
      throw new RangeError('was it written?');
    }

    @CacheEvict<Names['renameBefore']>({ region: one, key: (id) => [id], beforeInvocation: true })
    renameBefore(_id: string, name: string): Promise<string> {
      return this.write(name);
    }

    @CacheEvict<Names['renameStrictly']>({ region: one, key: (id) => [id], strict: true })
    renameStrictly(_id: string, name: string): Promise<string> {
      return this.write(name);
    }

    @CacheEvict<Names['renameIf']>({
      region: one,
      key: (id) => [id],
      condition: (_id, _name, wanted) => wanted,
    })
    renameIf(_id: string, name: string, _wanted: boolean): Promise<string> {
      return this.write(name);
    }

    @CacheEvict({ region: one, allEntries: true })
    renameAll(name: string): Promise<string> {
      return this.write(name);
    }

    @CacheEvict({ region: one, allEntries: true, beforeInvocation: true })
    renameAllBefore(name: string): Promise<string> {
      return this.write(name);
    }

    private async write(name: string): Promise<string> {
      await this.meanwhile();
      this.row = name;
      return name;
    }
  }

  const start = async () => (await place.boot({ providers: [Names] })).get(Names);

  it('removes the entry after the method, so that the next read finds what it wrote', async () => {
    const names = await start();
    await names.find('a');
    // a load in the middle of the method brings the old value back
    names.meanwhile = () => names.find('a');
    await expect(names.rename('a', 'new')).resolves.toBe('new');
    await expect(names.find('a')).resolves.toBe('new');
    await expect(names.find('a')).resolves.toBe('new');
    expect(names.loads).toBe(2);
  });

  it('removes the entry of its key and no other', async () => {
    const names = await start();
    await Promise.all([names.find('a'), names.find('b'), names.findOther('a')]);
    await names.rename('a', 'new');
    await expect(names.find('b')).resolves.toBe('old');
    await expect(names.findOther('a')).resolves.toBe('old');
    expect(names.loads).toBe(3);
  });

  it('removes it also when the method threw, for nobody knows whether it had written', async () => {
    const names = await start();
    await names.find('a');
    await expect(names.renameAndFail('a', 'new')).rejects.toThrow(new RangeError('was it written?'));
    await expect(names.find('a')).resolves.toBe('new');
  });

  it('removes it before the method, and not again afterwards, with beforeInvocation', async () => {
    const names = await start();
    await names.find('a');
    let inside: string | undefined = 'never looked';
    names.meanwhile = async () => {
      inside = await names.cache.get(one, ['a']);
      await names.find('a');
    };
    await names.renameBefore('a', 'new');
    expect(inside).toBeUndefined();
    await expect(names.find('a')).resolves.toBe('old');
    expect(names.loads).toBe(2);
  });

  it('removes it before the method and what was loaded meanwhile after it, with strict', async () => {
    const names = await start();
    await names.find('a');
    let inside: string | undefined = 'never looked';
    names.meanwhile = async () => {
      inside = await names.cache.get(one, ['a']);
      await names.find('a');
    };
    await names.renameStrictly('a', 'new');
    expect(inside).toBeUndefined();
    await expect(names.find('a')).resolves.toBe('new');
    await expect(names.find('a')).resolves.toBe('new');
    expect(names.loads).toBe(3);
  });

  it('removes every entry of its region and none of another, with allEntries', async () => {
    const names = await start();
    await Promise.all([names.find('a'), names.find('b'), names.findOther('a')]);
    await names.renameAll('new');
    await expect(Promise.all([names.find('a'), names.find('b')])).resolves.toEqual(['new', 'new']);
    await expect(names.findOther('a')).resolves.toBe('old');
    expect(names.loads).toBe(5);
  });

  it('clears before the method with allEntries and beforeInvocation', async () => {
    const names = await start();
    await names.find('a');
    names.meanwhile = () => names.find('a');
    await names.renameAllBefore('new');
    await expect(names.find('a')).resolves.toBe('old');
    expect(names.loads).toBe(2);
  });

  it('removes nothing where condition says no', async () => {
    const names = await start();
    await names.find('a');
    await names.renameIf('a', 'new', false);
    await expect(names.find('a')).resolves.toBe('old');
    await names.renameIf('a', 'newer', true);
    await expect(names.find('a')).resolves.toBe('newer');
  });

  it('reaches the other instances of the application', async () => {
    const [names, elsewhere] = [await start(), await start()];
    await names.find('a');
    await elsewhere.find('a');
    await names.rename('a', 'new');
    elsewhere.row = 'new';
    // with memory only there is one instance, and nothing to reach
    const answer = async () => (await elsewhere.find('a')) === (place.hasRedis ? 'new' : 'old');
    await until(answer, 'the other instance forgets the old value');
    expect(elsewhere.loads).toBe(1);
  });
});
