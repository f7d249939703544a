import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { CacheEvict, CachePut, Cacheable, CacheService, defineRegions, region } from 'nuthatch';
import { usePlace } from '../support/app.js';

/** Every instance shares the rows, as processes share a database. */
const rows = new Map<string, string>();

describe.each(['memory and Redis', 'Redis only'] as const)('While a method writes, %s', (name) => {
  const place = usePlace(name);
  const { one } = defineRegions('writing', { one: region<[id: string], string>({ memory: place.memory }) });

  @Injectable()
  class Names {
    loads = 0;
    meanwhile: () => Promise<unknown> = () => Promise.resolve();

    constructor(readonly cache: CacheService) {}

    @Cacheable(one)
    async find(id: string): Promise<string> {
      this.loads += 1;
      return rows.get(id) ?? 'none';
    }

    @CachePut(one, (id: string) => [id])
    async put(id: string, name: string): Promise<string> {
      await this.meanwhile();
      rows.set(id, name);
      await this.meanwhile();
      return name;
    }

    @CacheEvict<Names['strict']>({ region: one, key: (id) => [id], strict: true })
    async strict(id: string, name: string): Promise<void> {
      await this.meanwhile();
      rows.set(id, name);
      await this.meanwhile();
    }
  }

  async function start() {
    const [writer, reader] = [
      await place.boot({ providers: [Names] }),
      await place.boot({ providers: [Names] }),
    ];
    rows.set('a', 'old');
    return { writer: writer.get(Names), reader: reader.get(Names) };
  }

  it.each(['put', 'strict'] as const)(
    'with %s, nothing that is loaded is stored, in any instance',
    async (method) => {
      const { writer, reader } = await start();
      await writer.find('a');
      const seen: (string | undefined)[] = [];
      const kept: (string | undefined)[] = [];
      writer.meanwhile = async () => {
        seen.push(await reader.find('a'), await writer.find('a'));
        kept.push(await reader.cache.get(one, ['a']), await writer.cache.get(one, ['a']));
      };
      await writer[method]('a', 'new');
      expect(seen).toEqual(['old', 'old', 'new', 'new']);
      expect(kept).toEqual([undefined, undefined, undefined, undefined]);
      await expect(reader.find('a')).resolves.toBe('new');
      await expect(writer.find('a')).resolves.toBe('new');
    },
  );

  it.each(['put', 'strict'] as const)('with %s, other keys are stored as ever', async (method) => {
    const { writer, reader } = await start();
    writer.meanwhile = () => reader.find('b');
    await writer[method]('a', 'new');
    expect(reader.loads).toBe(1);
  });
});
