import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cacheable, defineRegions, region } from 'nuthatch';
import { PLACES, usePlace } from '../support/app.js';

describe.each(PLACES)('What @Cacheable keeps, %s', (name) => {
  const place = usePlace(name);
  const { any } = defineRegions('storing', {
    any: region<[name: string], unknown>({ memory: place.memory }),
  });

  @Injectable()
  class Shelf {
    loads = 0;
    content: unknown;
    seen: unknown[] = [];

    @Cacheable(any)
    take(_name: string): Promise<unknown> {
      return this.load();
    }

    @Cacheable<Shelf['wanted']>({
      region: any,
      condition: (kind, wanted) => wanted && kind !== '',
      key: (kind) => [kind],
    })
    wanted(_kind: string, _wanted: boolean): Promise<unknown> {
      return this.load();
    }

    @Cacheable<Shelf['unless']>({ region: any, unless: (result, kind) => result === 0 || kind === 'elm' })
    unless(_kind: string): Promise<unknown> {
      return this.load();
    }

    @Cacheable({ region: any, sync: false })
    alone(_kind: string): Promise<unknown> {
      return this.load();
    }

    @Cacheable({ region: any, ttl: 0 })
    never(_kind: string): Promise<unknown> {
      return this.load();
    }

    @Cacheable({ region: any, ttl: '1h', nullTtl: 0 })
    neverNull(_kind: string): Promise<unknown> {
      return this.load();
    }

    @Cacheable<Shelf['byResult']>({ region: any, ttl: (result, kind) => (result === kind ? '1h' : 0) })
    byResult(_kind: string): Promise<unknown> {
      return this.load();
    }

    private async load(): Promise<unknown> {
      this.loads += 1;
      return this.content;
    }
  }

  async function shelfWith(content: unknown): Promise<Shelf> {
    const shelf = (await place.boot({ providers: [Shelf] })).get(Shelf);
    shelf.content = content;
    return shelf;
  }

  it('is loaded once for a hundred callers at the same time, and for all that come later', async () => {
    const shelf = await shelfWith({ seeds: 3 });
    const answers = await Promise.all(Array.from({ length: 100 }, () => shelf.take('oak')));
    expect(answers).toEqual(Array(100).fill({ seeds: 3 }));
    await expect(shelf.take('oak')).resolves.toEqual({ seeds: 3 });
    expect(shelf.loads).toBe(1);
  });

  it('is the value of these arguments and of no others', async () => {
    const shelf = await shelfWith('full');
    await shelf.take('oak');
    shelf.content = 'empty';
    await expect(shelf.take('elm')).resolves.toBe('empty');
    await expect(shelf.take('oak')).resolves.toBe('full');
    expect(shelf.loads).toBe(2);
  });

  it.each([[null], [false], [0], [''], [[]], [{}]])('is %p, for it is a value', async (value) => {
    const shelf = await shelfWith(value);
    await expect(shelf.take('oak')).resolves.toEqual(value);
    shelf.content = 'another';
    await expect(shelf.take('oak')).resolves.toEqual(value);
    expect(shelf.loads).toBe(1);
  });

  it('is not undefined, which is a miss', async () => {
    const shelf = await shelfWith(undefined);
    await expect(shelf.take('oak')).resolves.toBeUndefined();
    await expect(shelf.take('oak')).resolves.toBeUndefined();
    expect(shelf.loads).toBe(2);
  });

  it('is not what the method rejected with; the next call runs it again', async () => {
    const shelf = await shelfWith(Promise.reject(new RangeError('no seeds')));
    const failed = await Promise.allSettled([shelf.take('oak'), shelf.take('oak')]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(shelf.loads).toBe(1);
    shelf.content = 'seeds';
    await expect(shelf.take('oak')).resolves.toBe('seeds');
    await expect(shelf.take('oak')).resolves.toBe('seeds');
    expect(shelf.loads).toBe(2);
  });

  it('is nothing where condition says no: the method runs as if it were not decorated', async () => {
    const shelf = await shelfWith('kept');
    await shelf.wanted('oak', true);
    shelf.content = 'passing';
    await expect(shelf.wanted('oak', false)).resolves.toBe('passing');
    await expect(shelf.wanted('oak', false)).resolves.toBe('passing');
    await expect(shelf.wanted('oak', true)).resolves.toBe('kept');
    expect(shelf.loads).toBe(3);
  });

  it('is not what unless refuses, by result or by argument', async () => {
    const shelf = await shelfWith(0);
    await shelf.unless('oak');
    shelf.content = 5;
    await expect(shelf.unless('oak')).resolves.toBe(5);
    shelf.content = 6;
    await expect(shelf.unless('oak')).resolves.toBe(5);
    await expect(shelf.unless('elm')).resolves.toBe(6);
    shelf.content = 7;
    await expect(shelf.unless('elm')).resolves.toBe(7);
    expect(shelf.loads).toBe(4);
  });

  it('is loaded by each caller with sync: false, and kept all the same', async () => {
    const shelf = await shelfWith('seed');
    await Promise.all(Array.from({ length: 10 }, () => shelf.alone('oak')));
    expect(shelf.loads).toBe(10);
    await expect(shelf.alone('oak')).resolves.toBe('seed');
    expect(shelf.loads).toBe(10);
  });

  it('is nothing with a ttl of 0, and no null with a nullTtl of 0', async () => {
    const shelf = await shelfWith('seed');
    await shelf.never('oak');
    await shelf.never('oak');
    expect(shelf.loads).toBe(2);
    shelf.content = null;
    await shelf.neverNull('elm');
    shelf.content = 'grown';
    await expect(shelf.neverNull('elm')).resolves.toBe('grown');
    await expect(shelf.neverNull('elm')).resolves.toBe('grown');
    expect(shelf.loads).toBe(4);
  });

  it('lives as long as the ttl function says, which sees the result and then the arguments', async () => {
    const shelf = await shelfWith('oak');
    await shelf.byResult('elm');
    await shelf.byResult('elm');
    expect(shelf.loads).toBe(2);
    await shelf.byResult('oak');
    await shelf.byResult('oak');
    expect(shelf.loads).toBe(3);
  });
});
