import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cacheable, defineRegions, region } from 'nuthatch';
import { PLACES, usePlace } from '../support/app.js';

interface Tree {
  name: string;
  branches: { nuts: number[]; label: { text: string } }[];
}

const tree = (): Tree => ({ name: 'oak', branches: [{ nuts: [1, 2], label: { text: 'low' } }] });

function isDeepFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeepFrozen);
}

describe.each(PLACES)('What comes back, %s', (name) => {
  const place = usePlace(name);
  const { memory } = place;
  const values = defineRegions('values', {
    frozen: region<[], Tree>({ memory }),
    cloned: region<[], Tree>({ memory, isolation: 'clone' }),
    rich: region<[], Rich>({ memory }),
  });
  interface Rich {
    at: Date;
    by: Map<string, { nuts: number }>;
    names: Set<string>;
    bytes: Buffer;
    view: Uint16Array;
    plain: { deep: number[] };
  }
  const rich = (): Rich => ({
    at: new Date(86_400_000),
    by: new Map([['oak', { nuts: 3 }]]),
    names: new Set(['oak', 'elm']),
    bytes: Buffer.from('seeds'),
    view: new Uint16Array([1, 2, 65_535]),
    plain: { deep: [1] },
  });

  @Injectable()
  class Garden {
    loads = 0;
    readonly own = tree();

    @Cacheable(values.frozen)
    async frozen(): Promise<Tree> {
      this.loads += 1;
      return this.own;
    }

    @Cacheable(values.cloned)
    async cloned(): Promise<Tree> {
      this.loads += 1;
      return this.own;
    }

    @Cacheable(values.rich)
    async rich(): Promise<Rich> {
      this.loads += 1;
      return rich();
    }
  }

  const garden = async () => (await place.boot({ providers: [Garden] })).get(Garden);

  it('is equal on the first call, on a hit, and in another instance of the application', async () => {
    const [first, second] = [await garden(), await garden()];
    const answers = [await first.frozen(), await first.frozen(), await second.frozen()];
    expect(answers).toEqual([tree(), tree(), tree()]);
    expect([first.loads, second.loads]).toEqual([1, place.hasRedis ? 0 : 1]);
  });

  it('is frozen to its last level on the first call, on a hit, and from Redis', async () => {
    const [first, second] = [await garden(), await garden()];
    const answers = [await first.frozen(), await first.frozen(), await second.frozen()];
    expect(answers.map(isDeepFrozen)).toEqual([true, true, true]);
    expect(() => answers[0]?.branches[0]?.nuts.push(9)).toThrow(TypeError);
  });

  it('is never the loader’s own object, which stays as it was', async () => {
    const service = await garden();
    const answers = [await service.frozen(), await service.cloned()];
    for (const answer of answers) expect(answer).not.toBe(service.own);
    expect(Object.isFrozen(service.own)).toBe(false);
    service.own.branches[0]?.nuts.push(7);
    expect(await service.frozen()).toEqual(tree());
    expect(await service.cloned()).toEqual(tree());
  });

  it('is the same object for callers of one load, and for hits from memory', async () => {
    const service = await garden();
    const [one, other] = await Promise.all([service.frozen(), service.frozen()]);
    expect(other).toBe(one);
    const later = [await service.frozen(), await service.frozen()];
    expect(later.every((answer) => answer === one)).toBe(memory);
    expect(service.loads).toBe(1);
  });

  it('is a clone for each caller where it cannot be frozen, its plain parts frozen', async () => {
    const [first, second] = [await garden(), await garden()];
    const answers = [await first.rich(), await first.rich(), await second.rich()];
    for (const answer of answers) {
      expect(answer).toEqual(rich());
      expect(Buffer.isBuffer(answer.bytes)).toBe(true);
      expect(isDeepFrozen(answer.plain)).toBe(true);
      expect(Object.isFrozen(answer)).toBe(true);
    }
    expect(first.loads).toBe(1);
    for (const part of ['at', 'by', 'names', 'bytes', 'view'] as const)
      expect(answers[1]?.[part]).not.toBe(answers[0]?.[part]);
  });

  it('is not changed for others by a caller that changes its Date, Map, Set or Buffer', async () => {
    const service = await garden();
    for (const answer of [await service.rich(), await service.rich()]) {
      answer.at.setTime(0);
      answer.by.clear();
      answer.names.add('ash');
      answer.bytes.fill(0);
      answer.view[0] = 9;
    }
    expect(await service.rich()).toEqual(rich());
    expect(service.loads).toBe(1);
  });

  it('is, for the callers of one load, a clone for each as well', async () => {
    const service = await garden();
    const [one, other] = await Promise.all([service.rich(), service.rich()]);
    one.by.clear();
    expect(other).toEqual(rich());
    expect(service.loads).toBe(1);
  });

  it('may be changed with isolation clone, and nobody else sees it', async () => {
    const [first, second] = [await garden(), await garden()];
    for (const answer of [await first.cloned(), await first.cloned(), await second.cloned()]) {
      expect(answer).toEqual(tree());
      answer.branches[0]?.nuts.push(9);
      answer.name = 'mine';
      expect(answer.branches[0]?.nuts).toEqual([1, 2, 9]);
    }
    expect(await first.cloned()).toEqual(tree());
    expect([first.loads, second.loads]).toEqual([1, place.hasRedis ? 0 : 1]);
  });
});
