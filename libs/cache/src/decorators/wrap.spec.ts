import { describe, expect, it } from '@jest/globals';
import type { CacheGateway, CacheOperation, DecoratedMethod } from '../contracts/operations.js';
import { CACHE_GATEWAY, GATEWAY_PROPERTY, decoratedMethodOf } from '../contracts/operations.js';
import { decorate } from './wrap.js';

const operation = (region: string): CacheOperation => ({ kind: 'evict', options: { region } });

/** A gateway that answers what it was asked. */
class Recorder implements CacheGateway {
  readonly calls: { method: DecoratedMethod; self: object; args: unknown[] }[] = [];

  invoke(method: DecoratedMethod, self: object, args: unknown[]): unknown {
    this.calls.push({ method, self, args });
    return 'from the gateway';
  }
}

class Shelf {
  [GATEWAY_PROPERTY]?: CacheGateway;

  @decorate(operation('upper'))
  @decorate(operation('lower'))
  find(id: string, limit?: number): string {
    return `${this.constructor.name} ${id} ${limit}`;
  }

  @decorate(operation('defaults'))
  defaults(id: string, limit = 10): string {
    return `${id} ${limit}`;
  }

  @decorate(operation('rest'))
  rest(...ids: string[]): string {
    return ids.join();
  }

  plain(): string {
    return 'plain';
  }
}

function methodOf(name: keyof Shelf & string, type: { prototype: object } = Shelf): DecoratedMethod {
  const method = decoratedMethodOf((type.prototype as Record<string, unknown>)[name]);
  if (method === undefined) throw new Error(`${name} is not decorated`);
  return method;
}

describe('A wrapper', () => {
  it('runs the original while the instance has no gateway', () => {
    expect(new Shelf().find('a', 1)).toBe('Shelf a 1');
  });

  it('hands method, instance and arguments to the gateway of the instance, and its answer to the caller', () => {
    const gateway = new Recorder();
    const shelf = Object.assign(new Shelf(), { [GATEWAY_PROPERTY]: gateway });
    expect(shelf.find('a', 1)).toBe('from the gateway');
    expect(gateway.calls).toEqual([{ method: methodOf('find'), self: shelf, args: ['a', 1] }]);
    expect(new Shelf().find('a', 1)).toBe('Shelf a 1');
  });

  it('is one for all decorators of a method, whose operations are in the order in which they stand', () => {
    const { operations, original } = methodOf('find');
    expect(operations).toEqual([operation('upper'), operation('lower')]);
    expect(decoratedMethodOf(original)).toBeUndefined();
  });

  it('is told by its function alone; other methods are left alone', () => {
    expect(decoratedMethodOf(Shelf.prototype.plain)).toBeUndefined();
    expect(decoratedMethodOf(undefined)).toBeUndefined();
    expect(decoratedMethodOf({})).toBeUndefined();
  });
});

describe('What a wrapper knows of its method', () => {
  it('is its class, its name and a number of its own', () => {
    expect(methodOf('find')).toMatchObject({ owner: Shelf, property: 'find', name: 'Shelf.find' });
    expect(new Set([methodOf('find').id, methodOf('defaults').id, methodOf('rest').id]).size).toBe(3);
  });

  it.each([
    ['find', 2],
    ['defaults', undefined],
    ['rest', undefined],
  ] as const)('is how many arguments %s can use: %p', (name, arity) => {
    expect(methodOf(name).arity).toBe(arity);
  });
});

describe('The gateway is injected into a class', () => {
  const injected = (type: object) =>
    (Reflect.getMetadata('self:properties_metadata', type) as { key: unknown; type: unknown }[]).filter(
      ({ key }) => key === GATEWAY_PROPERTY,
    );

  it('once, however many methods are decorated, and optionally', () => {
    expect(injected(Shelf)).toEqual([{ key: GATEWAY_PROPERTY, type: CACHE_GATEWAY }]);
    expect(Reflect.getMetadata('optional:properties_metadata', Shelf)).toEqual([GATEWAY_PROPERTY]);
  });

  it('and once into a subclass that decorates more, whose methods are its own', () => {
    class Child extends Shelf {
      @decorate(operation('child'))
      override find(id: string): string {
        return super.find(id);
      }
    }
    expect(injected(Child)).toHaveLength(1);
    expect(methodOf('find', Child)).toMatchObject({ owner: Child, operations: [operation('child')] });
    expect(methodOf('find').operations).toHaveLength(2);
  });
});
