import { describe, expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import {
  Cacheable,
  CacheEvict,
  CacheInvalidate,
  CachePut,
  CacheService,
  CacheTransactional,
  defineRegions,
  region,
} from 'nuthatch';
import { boot, PLACES, usePlace } from '../support/app.js';

const nests = defineRegions('units', { row: region<[id: string], number>({ tags: (id) => [`tree:${id}`] }) });

/** A table with transactions: what is written inside is seen outside only after the commit. */
class Table {
  readonly committed = new Map<string, number>();
  loads = 0;

  async transaction<T>(work: (write: (id: string, value: number) => void) => Promise<T>): Promise<T> {
    const written = new Map<string, number>();
    const result = await work((id, value) => written.set(id, value));
    for (const [id, value] of written) this.committed.set(id, value);
    return result;
  }
}

let table = new Table();
/** Runs inside the transaction, after the row was written and evicted. */
let meanwhile: () => Promise<unknown> = () => Promise.resolve();

@Injectable()
class Rows {
  @Cacheable(nests.row)
  async find(id: string): Promise<number> {
    table.loads++;
    return table.committed.get(id) ?? 0;
  }

  @CacheEvict(nests.row, (id: string) => [id])
  async written(id: string): Promise<void> {
    await meanwhile();
    void id;
  }

  @CacheEvict({ region: nests.row, key: (id: string) => [id], strict: true })
  async writtenStrictly(id: string): Promise<void> {
    await this.written(id);
  }

  @CachePut(nests.row, (id: string, _: number) => [id])
  async put(id: string, value: number): Promise<number> {
    await this.written(id);
    return value;
  }

  @CacheInvalidate({ tags: (id: string) => [`tree:${id}`] })
  async invalidated(id: string): Promise<void> {
    await meanwhile();
    void id;
  }

  @CacheTransactional()
  save(
    how: 'written' | 'writtenStrictly' | 'invalidated' | 'put',
    value: number,
    fails = false,
  ): Promise<void> {
    return table.transaction(async (write) => {
      write('a', value);
      if (how === 'put') await this.put('a', value);
      else await this[how]('a');
      if (fails) throw new Error('rolled back');
    });
  }

  @CacheTransactional({ rolledBack: () => false })
  async unsure(): Promise<void> {
    await table.transaction(async (write) => {
      write('a', 1);
      await this.written('a');
    });
    throw new Error('who knows');
  }

  @CacheTransactional()
  @CacheEvict(nests.row, (id: string) => [id])
  async both(id: string): Promise<void> {
    await table.transaction(async (write) => write(id, 1));
  }
}

const WAYS = ['written', 'writtenStrictly', 'invalidated', 'put'] as const;

describe.each(PLACES)('@CacheTransactional, %s', (name) => {
  const place = usePlace(name);
  const start = async () => {
    table = new Table();
    meanwhile = () => Promise.resolve();
    const { get } = await place.boot({ providers: [Rows] });
    return { rows: get(Rows), cache: get(CacheService) };
  };

  test.each(WAYS)(
    'sends what is undone inside after the commit: others see the new row at once: %s',
    async (how) => {
      const { rows } = await start();
      expect(await rows.find('a')).toBe(0);
      await rows.save(how, 1);
      expect(await rows.find('a')).toBe(1);
    },
  );

  test.each(WAYS)('keeps nothing that others read before the commit: %s', async (how) => {
    const { rows } = await start();
    let leave: () => void = () => undefined;
    // a caller that is not part of the unit reads while it is open
    const entered = new Promise<void>((resolve) => {
      meanwhile = async () => {
        resolve();
        await new Promise<void>((go) => (leave = go));
      };
    });
    const saved = rows.save(how, 1);
    await entered;
    expect(await rows.find('a')).toBe(0);
    leave();
    meanwhile = () => Promise.resolve();
    await saved;
    expect(await rows.find('a')).toBe(1);
  });

  test.each(WAYS)('leaves the cache alone when it is rolled back, or at least right: %s', async (how) => {
    const { rows } = await start();
    await rows.find('a');
    await expect(rows.save(how, 1, true)).rejects.toThrow('rolled back');
    expect(await rows.find('a')).toBe(0);
    expect(table.loads).toBe(how === 'written' || how === 'invalidated' ? 1 : 2);
  });

  test('sends everything when it cannot be said that it was rolled back', async () => {
    const { rows } = await start();
    await rows.find('a');
    await expect(rows.unsure()).rejects.toThrow('who knows');
    expect(await rows.find('a')).toBe(1);
  });

  test('goes together with other decorators on the same method', async () => {
    const { rows } = await start();
    await rows.find('a');
    await rows.both('a');
    expect(await rows.find('a')).toBe(1);
  });
});

test('an option it does not have stops the boot', async () => {
  class Wrong {
    async save(): Promise<void> {}
  }
  const descriptor = Object.getOwnPropertyDescriptor(Wrong.prototype, 'save') ?? {};
  (CacheTransactional as (given: unknown) => MethodDecorator)({ rollback: true })(
    Wrong.prototype,
    'save',
    descriptor,
  );
  Object.defineProperty(Wrong.prototype, 'save', descriptor);
  await expect(boot({ providers: [Wrong] })).rejects.toThrow(/rollback of Wrong.save is no option/);
});
