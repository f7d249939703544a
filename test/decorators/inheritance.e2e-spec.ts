import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { CacheConfig, CacheService, Cacheable, CacheEvict } from 'nuthatch';
import { boot, closeAll } from '../support/app.js';

afterEach(closeAll);

@Injectable()
class Parent {
  loads: string[] = [];

  @Cacheable({ region: 'parent.find' })
  find(id: string): Promise<string> {
    return this.load(`parent ${id}`);
  }

  @Cacheable({ region: 'parent.count' })
  count(id: string): Promise<string> {
    return this.load(`counted ${id}`);
  }

  async load(what: string): Promise<string> {
    this.loads.push(what);
    return what;
  }
}

describe('A subclass', () => {
  it('inherits cached methods', async () => {
    @Injectable()
    class Child extends Parent {}
    const child = (await boot({ providers: [Child] })).get(Child);
    await child.find('a');
    await child.find('a');
    expect(child.loads).toEqual(['parent a']);
  });

  it('overrides one without a decorator: it is not cached, the others are', async () => {
    @Injectable()
    class Child extends Parent {
      override find(id: string): Promise<string> {
        return this.load(`child ${id}`);
      }
    }
    const child = (await boot({ providers: [Child] })).get(Child);
    for (let call = 1; call <= 2; call++) await Promise.all([child.find('a'), child.count('a')]);
    expect(child.loads.sort()).toEqual(['child a', 'child a', 'counted a']);
  });

  it('reaches the cached method of its parent by super', async () => {
    @Injectable()
    class Child extends Parent {
      override async find(id: string): Promise<string> {
        return `${await this.load(`child ${id}`)} of ${await super.find(id)}`;
      }
    }
    const child = (await boot({ providers: [Child] })).get(Child);
    for (let call = 1; call <= 2; call++) await expect(child.find('a')).resolves.toBe('child a of parent a');
    expect(child.loads).toEqual(['child a', 'parent a', 'child a']);
  });

  it('overrides one with a decorator: each has its own entries', async () => {
    @Injectable()
    class Child extends Parent {
      @Cacheable({ region: 'child.find', key: (id: string) => [id] })
      override async find(id: string): Promise<string> {
        return `${await this.load(`child ${id}`)} of ${await super.find(id)}`;
      }

      @CacheEvict({ region: 'child.find' })
      async forget(_id: string): Promise<void> {}
    }
    const child = (await boot({ providers: [Child] })).get(Child);
    for (let call = 1; call <= 2; call++) await expect(child.find('a')).resolves.toBe('child a of parent a');
    expect(child.loads).toEqual(['child a', 'parent a']);
    await child.forget('a');
    await child.find('a');
    expect(child.loads).toEqual(['child a', 'parent a', 'child a']);
  });

  it('of a class without decorators may decorate', async () => {
    class Base {
      loads = 0;
      async find(_id: string): Promise<string> {
        this.loads += 1;
        return 'found';
      }
    }
    @Injectable()
    class Child extends Base {
      @Cacheable({ region: 'child.only' })
      override find(id: string): Promise<string> {
        return super.find(id);
      }
    }
    const child = (await boot({ providers: [Child] })).get(Child);
    await child.find('a');
    await child.find('a');
    expect(child.loads).toBe(1);
  });

  it('keeps what it injects itself', async () => {
    @Injectable()
    class Child extends Parent {
      constructor(readonly cache: CacheService) {
        super();
      }
    }
    const child = (await boot({ providers: [Child] })).get(Child);
    await child.find('a');
    await expect(child.cache.get('parent.find', ['a'])).resolves.toBe('parent a');
  });

  it('two levels down works alike, and so does a parent beside its child', async () => {
    @Injectable()
    class Middle extends Parent {}
    @Injectable()
    class Child extends Middle {
      override count(id: string): Promise<string> {
        return super.count(id);
      }
    }
    const child = (await boot({ providers: [Child] })).get(Child);
    for (let call = 1; call <= 2; call++) await Promise.all([child.find('a'), child.count('a')]);
    expect(child.loads.sort()).toEqual(['counted a', 'parent a']);
  });
});

describe('Two subclasses of one class', () => {
  /** The usual shape of a repository: what `find` gives depends on the class. */
  abstract class Repository {
    loads = 0;
    abstract readonly table: string;

    @Cacheable()
    async find(id: number): Promise<string> {
      this.loads += 1;
      return `${this.table} ${id}`;
    }

    @CacheEvict()
    async rename(_id: number): Promise<void> {}
  }

  @Injectable()
  class Users extends Repository {
    readonly table = 'user';
  }

  @Injectable()
  class Communities extends Repository {
    readonly table = 'community';
  }

  it('never answer with each other’s values', async () => {
    const { get } = await boot({ providers: [Users, Communities] });
    for (let call = 1; call <= 2; call++) {
      await expect(get(Users).find(1)).resolves.toBe('user 1');
      await expect(get(Communities).find(1)).resolves.toBe('community 1');
    }
    expect([get(Users).loads, get(Communities).loads]).toEqual([1, 1]);
  });

  it('take the region of their own @CacheConfig', async () => {
    @Injectable()
    @CacheConfig({ region: 'members' })
    class Members extends Repository {
      readonly table = 'member';
    }
    const { get } = await boot({ providers: [Users, Members] });
    await get(Members).find(1);
    await expect(get(CacheService).get('members', [1])).resolves.toBe('member 1');
    await get(Members).rename(1);
    await expect(get(CacheService).get('members', [1])).resolves.toBeUndefined();
  });
});
