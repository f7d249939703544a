import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import {
  Get,
  Header,
  HttpCode,
  Param,
  SetMetadata,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { CacheEvict, CacheInvalidate, CachePut, Cacheable, Caching } from 'nuthatch';

type Decorator = (target: object, property: string, descriptor: PropertyDescriptor) => void;

/** Every order of a list. */
function orders<T>(list: readonly T[]): T[][] {
  if (list.length === 0) return [[]];
  return list.flatMap((one, at) => orders(list.toSpliced(at, 1)).map((rest) => [one, ...rest]));
}

class Guard {
  canActivate(): boolean {
    return true;
  }
}
class Pipe {
  transform(value: unknown): unknown {
    return value;
  }
}
const Roles = (...roles: string[]) => SetMetadata('roles', roles);
const symbolKey = Symbol('key');
const WithSymbol: Decorator = (_, __, { value }) => {
  Reflect.defineMetadata(symbolKey, 'by symbol', value as object);
};
const WithProperty: Decorator = (_, __, { value }) => {
  Object.assign(value as object, { label: 'a property' });
};

const OTHERS: Record<string, Decorator> = {
  guards: UseGuards(Guard),
  pipes: UsePipes(Pipe),
  roles: Roles('admin'),
  get: Get('nuts/:id'),
  httpCode: HttpCode(203),
  header: Header('x-bird', 'nuthatch'),
};

/** A class whose method has decorators, the first of them on top, as TypeScript applies them. */
function decorated(decorators: readonly Decorator[]) {
  class Shelf {
    async find(id: string, _limit: number): Promise<string> {
      return id;
    }
  }
  const original = Shelf.prototype.find;
  Param('id')(Shelf.prototype, 'find', 0);
  const descriptor = Object.getOwnPropertyDescriptor(Shelf.prototype, 'find') as PropertyDescriptor;
  const types: Decorator = (target, property) =>
    Reflect.defineMetadata('design:paramtypes', [String, Number], target, property);
  const result = Reflect.decorate(
    [...decorators, types] as MethodDecorator[],
    Shelf.prototype,
    'find',
    descriptor,
  );
  Object.defineProperty(Shelf.prototype, 'find', result);
  return { Shelf, original, method: Shelf.prototype.find };
}

function metadataOf(method: object): Record<string | symbol, unknown> {
  const keys = Reflect.getMetadataKeys(method) as string[];
  return Object.fromEntries(keys.map((key) => [key, Reflect.getMetadata(key, method) as unknown]));
}

const CACHE: readonly [string, Decorator][] = [
  ['@Cacheable', Cacheable({ region: 'metadata' }) as Decorator],
  ['@CachePut', CachePut({ region: 'metadata' }) as Decorator],
  ['@CacheEvict', CacheEvict({ region: 'metadata' }) as Decorator],
  ['@CacheInvalidate', CacheInvalidate({ tags: ['a'] }) as Decorator],
  ['@Caching', Caching({ put: [{ region: 'metadata' }], evict: [{ region: 'metadata' }] }) as Decorator],
];

describe.each(CACHE)('A method with %s', (_, cache) => {
  const expected = metadataOf(decorated(Object.values(OTHERS)).method);

  it('has something to lose', () => {
    const { Shelf, original, method } = decorated([cache]);
    expect(method).not.toBe(original);
    expect(new Shelf()).not.toHaveProperty('find', original);
    expect(Object.keys(expected).sort()).toEqual(
      ['__guards__', '__headers__', '__httpCode__', '__pipes__', 'method', 'path', 'roles'].sort(),
    );
  });

  it('keeps all metadata, its name and its length in every order with guards, pipes, roles, route, code and header', () => {
    const losers: string[] = [];
    const all = orders([...Object.entries(OTHERS), ['cache', cache] as const]);
    expect(all).toHaveLength(5_040);
    for (const order of all) {
      const { method } = decorated(order.map(([, decorator]) => decorator));
      const same = isDeepStrictEqual(metadataOf(method), expected);
      if (!same || method.name !== 'find' || method.length !== 2)
        losers.push(order.map(([name]) => name).join());
    }
    expect(losers).toEqual([]);
  });

  it.each(['above', 'below'])(
    'keeps metadata under a symbol and own properties of the function, put there %s',
    (where) => {
      const others = [WithSymbol, WithProperty];
      const { method } = decorated(where === 'above' ? [...others, cache] : [cache, ...others]);
      expect(Reflect.getMetadata(symbolKey, method)).toBe('by symbol');
      expect(method).toHaveProperty('label', 'a property');
    },
  );

  it('keeps what is there twice, below and above', () => {
    class Other {}
    const { method } = decorated([UseInterceptors(Other), cache, UseInterceptors(Pipe)]);
    expect(Reflect.getMetadata('__interceptors__', method)).toEqual([Pipe, Other]);
  });

  it('gives nothing back to the original, which others may share', () => {
    const { original } = decorated([Roles('admin'), cache]);
    expect(metadataOf(original)).toEqual({});
  });

  it('stays an own method like any other: writable, configurable, as enumerable as it was', () => {
    const { Shelf } = decorated([cache]);
    const { writable, configurable, enumerable } =
      Object.getOwnPropertyDescriptor(Shelf.prototype, 'find') ?? {};
    expect({ writable, configurable, enumerable }).toEqual({
      writable: true,
      configurable: true,
      enumerable: false,
    });
  });
});

describe('A method below a decorator that replaces it', () => {
  it('is still the one that runs', async () => {
    const shout: Decorator = (_, __, descriptor) => {
      const inner = descriptor.value as (...args: unknown[]) => Promise<string>;
      descriptor.value = async function (this: unknown, ...args: unknown[]) {
        return `${await inner.apply(this, args)}!`;
      };
    };
    const { Shelf } = decorated([shout, Cacheable({ region: 'shout' }) as Decorator, shout]);
    await expect(new Shelf().find('nut', 1)).resolves.toBe('nut!!');
  });
});
