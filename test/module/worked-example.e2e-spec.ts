import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CacheService } from 'nuthatch';
import { boot, closeAll, isConnected, usePlace } from '../support/app.js';
import type { Book } from './lending.strategy.js';
import { LendingStrategy, lending } from './lending.strategy.js';

afterEach(closeAll);
usePlace('memory and Redis');

const book = (isbn: string, shelf: string): Book => ({ isbn, title: `about ${isbn}`, shelf });

it('stands in ARCHITECTURE.md as it is compiled and tested here', () => {
  const root = join(process.cwd(), 'libs/cache/ARCHITECTURE.md');
  const code = readFileSync(join(process.cwd(), 'test/module/lending.strategy.ts'), 'utf8');
  expect(readFileSync(root, 'utf8')).toContain('```ts\n' + code + '```');
});

describe('The worked example', () => {
  const start = async () => {
    const booted = await boot({ cache: { strategies: [LendingStrategy] } });
    await isConnected(booted);
    return { strategy: booted.get(LendingStrategy), cache: booted.get(CacheService) };
  };

  it('writes a book through, and has the shelves loaded anew', async () => {
    const { strategy } = await start();
    const [old, moved] = [book('1', 'a'), book('1', 'b')];
    let loads = 0;
    const shelf = (name: string) =>
      strategy.shelf.getOrSet([name], () => {
        loads++;
        return [old];
      });
    await Promise.all([shelf('a'), shelf('b'), shelf('c')]);
    expect(await strategy.save(moved, old, async () => moved)).toEqual(moved);
    expect(await strategy.book.get('1')).toEqual(moved);
    await Promise.all([shelf('a'), shelf('b'), shelf('c')]);
    expect(loads).toBe(5);
  });

  it('counts loans where they are, and shows what is popular', async () => {
    const { strategy, cache } = await start();
    const rows = new Set<string>();
    const lend = (isbn: string, reader: string) =>
      strategy.lend(isbn, reader, async () => rows.size < rows.add(`${isbn} ${reader}`).size);
    const count = (isbn: string) => () => ({ out: [...rows].filter((row) => row.startsWith(isbn)).length });
    expect(await lend('1', 'ann')).toBe(true);
    expect(await strategy.loans.counts(['1'], count('1'))).toEqual({ out: 1 });
    expect(await lend('1', 'ann')).toBe(false);
    expect(await lend('1', 'bob')).toBe(true);
    const notAgain = () => Promise.reject(new Error('is kept'));
    expect(await strategy.loans.counts(['1'], notAgain)).toEqual({ out: 2 });
    await strategy.popular.top([], () => []);
    await lend('2', 'ann');
    expect((await strategy.popular.top([], notAgain)).map(({ member }) => member)).toEqual(['2']);
    await strategy.loans.drop('1');
    expect(await cache.counts(lending.loans, ['1'], () => ({ out: 7 }))).toEqual({ out: 7 });
  });

  it('has the lives of its counters and rankings in the table too, as the deployment wants them', async () => {
    const strategies = [{ use: LendingStrategy, ttl: { loans: '2d', popular: '8d' } }] as const;
    const { get } = await boot({ cache: { strategies } });
    expect(get(LendingStrategy).ttls).toEqual({
      book: 3_600_000,
      shelf: 300_000,
      loans: 172_800_000,
      popular: 691_200_000,
    });
    expect(await get(LendingStrategy).clear()).toBe('confirmed');
  });
});
