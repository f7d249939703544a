import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { CacheEvict, CacheInvalidate, CacheService, Cacheable } from 'nuthatch';
import { PLACES, boot, closeAll, usePlace } from '../support/app.js';

/** One class in both applications, as when a process runs two instances of one module. */
@Injectable()
class Shelf {
  loads = 0;
  content = 'unset';

  @Cacheable({ region: 'two.shelf', tags: ['shelves'] })
  async find(_id: string): Promise<string> {
    this.loads += 1;
    return this.content;
  }

  @CacheEvict({ region: 'two.shelf' })
  async forget(_id: string): Promise<void> {}

  @CacheInvalidate({ tags: ['shelves'] })
  async forgetAll(): Promise<void> {}
}

describe.each(PLACES)('Two applications in one process, %s', (name) => {
  const place = usePlace(name);

  /** Two applications that differ in what they were given as prefix, and in nothing else. */
  async function start() {
    const one = await place.boot({ providers: [Shelf] }, { prefix: `${place.prefix}-one` });
    const other = await place.boot({ providers: [Shelf] }, { prefix: `${place.prefix}-other` });
    const [left, right] = [one.get(Shelf), other.get(Shelf)];
    left.content = 'left';
    right.content = 'right';
    return { one, left, other, right };
  }

  async function expectBoth(left: Shelf, right: Shelf): Promise<void> {
    await expect(left.find('a')).resolves.toBe('left');
    await expect(right.find('a')).resolves.toBe('right');
  }

  it('do not see each other’s values', async () => {
    const { left, right } = await start();
    await expectBoth(left, right);
    await expectBoth(left, right);
    expect([left.loads, right.loads]).toEqual([1, 1]);
  });

  it('do not evict or invalidate each other’s entries', async () => {
    const { left, right } = await start();
    await expectBoth(left, right);
    await left.forget('a');
    await left.forgetAll();
    await expectBoth(left, right);
    expect([left.loads, right.loads]).toEqual([2, 1]);
  });

  it('do not see each other’s regions', async () => {
    const { one, other } = await start();
    await one.get(CacheService).getOrSet('only.left', [], () => 1);
    await expect(other.get(CacheService).get('only.left', [])).rejects.toMatchObject({
      code: 'UNKNOWN_REGION',
    });
  });

  it('do not need each other: one goes on when the other is closed', async () => {
    const { one, left, right } = await start();
    await expectBoth(left, right);
    await one.app.close();
    await expect(right.find('a')).resolves.toBe('right');
    await right.forget('a');
    await right.find('a');
    expect(right.loads).toBe(2);
  });

  it('answer from their loaders after they were closed', async () => {
    const { one, left } = await start();
    await one.app.close();
    await expect(left.find('b')).resolves.toBe('left');
    await expect(left.forget('b')).resolves.toBeUndefined();
  });
});

describe('One instance in two applications', () => {
  afterEach(closeAll);

  it('stops the boot of the second, for it would have the cache of the first', async () => {
    const providers = [{ provide: Shelf, useValue: new Shelf() }];
    const { app } = await boot({ providers });
    await expect(boot({ providers })).rejects.toMatchObject({
      code: 'INVALID_DECORATOR',
      message: expect.stringMatching(/^Shelf\.find, Shelf\.forget, Shelf\.forgetAll: .* another application/),
    });
    await app.close();
  });

  it('is welcome in the second when the first is closed, or did not boot', async () => {
    const shelf = new Shelf();
    const providers = [{ provide: Shelf, useValue: shelf }];
    await (await boot({ providers })).app.close();
    const frozen = { provide: 'frozen', useValue: Object.freeze(new Shelf()) };
    await expect(boot({ providers: [...providers, frozen] })).rejects.toMatchObject({
      code: 'INVALID_DECORATOR',
    });
    await boot({ providers });
    await shelf.find('a');
    await shelf.find('a');
    expect(shelf.loads).toBe(1);
  });
});
