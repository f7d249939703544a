import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Delete, Get, Injectable, Patch, Post, Put, All, Head } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import {
  CacheConfig,
  CacheEvict,
  CacheInvalidate,
  CachePut,
  Cacheable,
  Caching,
  defineRegions,
  isCacheError,
  region,
} from 'nuthatch';
import { boot, bootHttp, closeAll } from '../support/app.js';

afterEach(closeAll);

type Decorator = (target: object, property: string | symbol, descriptor: PropertyDescriptor) => void;

const DECORATORS: readonly [string, Decorator][] = [
  ['@Cacheable', Cacheable() as Decorator],
  ['@CachePut', CachePut() as Decorator],
  ['@CacheEvict', CacheEvict() as Decorator],
  ['@CacheInvalidate', CacheInvalidate({ tags: ['a'] }) as Decorator],
  ['@Caching', Caching({ evict: [{ region: 'a' }] }) as Decorator],
];

function errorOf(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe.each(DECORATORS)('%s', (_, decorator) => {
  class Shelf {
    static find(): Promise<void> {
      return Promise.resolve();
    }
    get nuts(): number {
      return 1;
    }
    set leaves(_count: number) {}
    readonly branches = 3;
  }
  const original = Object.getOwnPropertyDescriptor(Shelf, 'find')?.value as unknown;

  it('throws on a static method and leaves it as it was', () => {
    const descriptor = Object.getOwnPropertyDescriptor(Shelf, 'find') ?? {};
    const error = errorOf(() => decorator(Shelf, 'find', descriptor));
    expect(isCacheError(error)).toBe(true);
    expect(error).toMatchObject({
      code: 'INVALID_DECORATOR',
      message: expect.stringMatching(/^Shelf\.find is static/),
    });
    expect([descriptor.value, Shelf.find]).toEqual([original, original]);
  });

  it.each(['nuts', 'leaves', 'branches'])('throws on what is no method: %s', (property) => {
    const descriptor = Object.getOwnPropertyDescriptor(Shelf.prototype, property) as PropertyDescriptor;
    expect(errorOf(() => decorator(Shelf.prototype, property, descriptor))).toMatchObject({
      code: 'INVALID_DECORATOR',
      message: `Shelf.${property} is not a method`,
    });
  });
});

describe('The boot stops for', () => {
  const { shared } = defineRegions('shared', { shared: region<[], number>() });

  async function expectRefused(code: string, message: RegExp, ...providers: Type[]): Promise<void> {
    await expect(boot({ providers })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  }

  it('two methods that keep values under one bare name', async () => {
    @Injectable()
    class One {
      @Cacheable({ region: 'bare' })
      async find(): Promise<number> {
        return 1;
      }
    }
    @Injectable()
    class Other {
      @Cacheable({ region: 'bare' })
      async search(): Promise<number> {
        return 2;
      }
    }
    await expectRefused('DUPLICATE_REGION', /One\.find and Other\.search both .*'bare'/, One, Other);
  });

  it('two methods of one class under the bare name of its @CacheConfig', async () => {
    @CacheConfig({ region: 'bare' })
    class Both {
      @Cacheable()
      async find(): Promise<number> {
        return 1;
      }
      @Cacheable()
      async search(): Promise<number> {
        return 2;
      }
    }
    await expectRefused('DUPLICATE_REGION', /Both\.find and Both\.search both .*'bare'/, Both);
  });

  it('two methods of classes with the same name, which would have one region by default', async () => {
    const make = (answer: number) => {
      @Injectable()
      class Same {
        @Cacheable()
        async find(): Promise<number> {
          return answer;
        }
      }
      return Same;
    };
    await expectRefused(
      'DUPLICATE_REGION',
      /Same\.find and Same\.find both .*'Same\.find'/,
      make(1),
      make(2),
    );
  });

  it('two definitions of one region', async () => {
    class Twice {
      @Cacheable(shared)
      async find(): Promise<number> {
        return 1;
      }
      @CachePut(defineRegions('shared', { shared: region<[], number>() }).shared)
      async put(): Promise<number> {
        return 2;
      }
    }
    await expectRefused('DUPLICATE_REGION', /'shared\.shared' is defined twice/, Twice);
  });

  it('two @Cacheable on one method', async () => {
    class Twice {
      @Cacheable(shared)
      @Cacheable({ region: 'other' })
      async find(): Promise<number> {
        return 1;
      }
    }
    await expectRefused('INVALID_DECORATOR', /Twice\.find has 2 @Cacheable/, Twice);
  });

  const NOT_A_FLAG = 'must be true or false';
  const wrong: [decorator: (options: never) => unknown, options: object, message: RegExp][] = [
    [Cacheable, { sync: 'no' }, /^sync of Wrong\.find must be true or false, got "no"/],
    [CacheEvict, { strict: 1 }, RegExp(`^strict of Wrong\\.find ${NOT_A_FLAG}, got 1`)],
    [CacheEvict, { allEntries: null }, RegExp(`^allEntries of Wrong\\.find ${NOT_A_FLAG}, got null`)],
    [CacheInvalidate, { tags: [], beforeInvocation: 0 }, RegExp(`^beforeInvocation .* ${NOT_A_FLAG}, got 0`)],
    [Cacheable, { ttl: '5 minutes' }, /^ttl of Wrong\.find must be a duration .* got "5 minutes"/],
    [CachePut, { ttl: -1 }, /^ttl of Wrong\.find must be a duration .* got -1/],
    [Cacheable, { nullTtl: 'soon' }, /^nullTtl of Wrong\.find must be a duration .* got "soon"/],
    [Cacheable, { tags: ['a', ''] }, /a tag \(of Wrong\.find\) must be a string of 1 to 500/],
    [
      CacheInvalidate,
      { tags: 'a' },
      /^tags of Wrong\.find must be an array of tags, a function or .* got "a"/,
    ],
    [CacheEvict, { key: 'id' }, /^key of Wrong\.find must be a function or .* got "id"/],
    [Cacheable, { condition: true }, /^condition of Wrong\.find must be a function or .* got true/],
    [
      Cacheable,
      { unless: { inject: [] } },
      /^unless of Wrong\.find must be a function or .* got {"inject":\[\]}/,
    ],
    [Cacheable, { query: 'page' }, /^query of Wrong\.find must be an array of parameter names, got "page"/],
    [Cacheable, { region: 5 }, /^region of Wrong\.find must be a region or the name of one/],
    [CacheEvict, { region: 'no name' }, /region's name .* got "no name"/],
    [Cacheable, { tag: ['a'] }, /^tag of Wrong\.find is no option of @Cacheable; its options are .*tags/],
    [Cacheable, { strict: true }, /^strict of Wrong\.find is no option of @Cacheable/],
    [CachePut, { sync: true }, /^sync of Wrong\.find is no option of @CachePut/],
    [CacheEvict, { ttl: '5m' }, /^ttl of Wrong\.find is no option of @CacheEvict/],
    [CacheInvalidate, { tags: [], key: () => [] }, /^key of Wrong\.find is no option of @CacheInvalidate/],
  ];

  it.each(wrong)('a wrong option: %p of %j', async (decorator, options, message) => {
    class Wrong {
      async find(): Promise<number> {
        return 1;
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Wrong.prototype, 'find') as PropertyDescriptor;
    (decorator(options as never) as Decorator)(Wrong.prototype, 'find', descriptor);
    await expectRefused('INVALID_OPTION', message, Wrong);
  });

  it('an option that @CacheConfig does not have', async () => {
    @CacheConfig({ region: 'config', tags: ['a'] } as never)
    class Wrong {
      @CacheEvict()
      async find(): Promise<void> {}
    }
    await expectRefused('INVALID_OPTION', /^tags, .* Wrong\.find, is no option of @CacheConfig/, Wrong);
  });

  it.each([Post, Put, Patch, Delete])('@Cacheable on a handler of an unsafe method: %p', async (Method) => {
    @Controller('shelf')
    class Shelf {
      @Cacheable()
      @Method()
      async find(): Promise<number> {
        return 1;
      }
    }
    await expect(bootHttp({ controllers: [Shelf] })).rejects.toMatchObject({
      code: 'INVALID_DECORATOR',
      message: expect.stringMatching(/^Shelf\.find is no GET handler/),
    });
  });

  it.each([Get, Head, All])('no handler of a safe method: %p', async (Method) => {
    @Controller('shelf')
    class Shelf {
      @Method()
      @Cacheable()
      async find(): Promise<number> {
        return 1;
      }
    }
    await expect(bootHttp({ controllers: [Shelf] })).resolves.toHaveProperty('url');
  });
});

describe('One region object on several methods', () => {
  const { both } = defineRegions('both', { both: region<[id: string], number>() });

  it('is what two methods are meant to share, also by @CacheConfig', async () => {
    @CacheConfig({ region: both })
    class Shelf {
      loads = 0;
      @Cacheable()
      async find(_id: string): Promise<number> {
        return ++this.loads;
      }
      @Cacheable(both)
      async search(_id: string): Promise<number> {
        return ++this.loads;
      }
    }
    const shelf = (await boot({ providers: [Shelf] })).get(Shelf);
    await shelf.find('a');
    await expect(shelf.search('a')).resolves.toBe(1);
  });
});
