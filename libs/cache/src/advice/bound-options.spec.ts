import { describe, expect, it } from '@jest/globals';
import type { InjectionToken } from '../contracts/operations.js';
import { BoundOptions } from './bound-options.js';

class Tenants {
  readonly current = 'acme';
}

function scenario() {
  const said = new Map<string, string>();
  const reporter = {
    once: (kind: string, message: string) => void (said.has(kind) || said.set(kind, message)),
    info: () => undefined,
  };
  const lookups: InjectionToken[] = [];
  const lookup = (token: InjectionToken) => {
    lookups.push(token);
    if (token === Tenants) return new Tenants();
    throw new Error('Nest could not find it');
  };
  return { bound: new BoundOptions('Shelf.find', lookup, reporter), said, lookups };
}

describe('A bound option', () => {
  it.each([undefined, null, '5m', 5, true, ['a'], {}, { inject: [] }, { useFactory: () => 1 }])(
    'is none where %j stands, which is no function',
    (constant) => {
      expect(scenario().bound.bind('ttl', constant)).toBeUndefined();
    },
  );

  it('is called with the arguments of the call', () => {
    const fn = scenario().bound.bind('key', (...args: unknown[]) => args);
    expect(fn?.(['a', 1])).toEqual({ ok: true, value: ['a', 1] });
  });

  it('gets its providers first, looked up once, when it is bound', () => {
    const { bound, lookups } = scenario();
    const useFactory = (tenants: Tenants, ...args: unknown[]) => [tenants.current, ...args];
    const fn = bound.bind('key', { inject: [Tenants], useFactory });
    expect(lookups).toEqual([Tenants]);
    expect([fn?.(['a']), fn?.(['b'])]).toEqual([
      { ok: true, value: ['acme', 'a'] },
      { ok: true, value: ['acme', 'b'] },
    ]);
    expect(lookups).toHaveLength(1);
  });

  it('keeps the object it belongs to', () => {
    const resolver = {
      inject: [],
      prefix: 'own',
      useFactory(this: { prefix: string }) {
        return this.prefix;
      },
    };
    expect(scenario().bound.bind('key', resolver)?.([])).toEqual({ ok: true, value: 'own' });
  });

  it.each([
    ['Tenants2', class Tenants2 {}],
    ['tenants', 'tenants'],
    ['Symbol(tenants)', Symbol('tenants')],
  ])('cannot be bound without its provider %s', (name, token) => {
    const bind = () => scenario().bound.bind('tags', { inject: [token], useFactory: () => [] });
    expect(bind).toThrow(`tags of Shelf.find injects ${name}, which is no singleton provider`);
  });

  it('that throws has failed, and is reported once per option, without its message', () => {
    const { bound, said } = scenario();
    const fail = () => {
      throw new RangeError('password 1234');
    };
    const [key, tags] = [bound.bind('key', fail), bound.bind('tags', fail)];
    expect([key?.([]), key?.([]), tags?.([])]).toEqual([{ ok: false }, { ok: false }, { ok: false }]);
    expect([...said.values()]).toEqual([
      'key of Shelf.find threw RangeError; the call went on without it',
      'tags of Shelf.find threw RangeError; the call went on without it',
    ]);
  });

  it('that throws no error has failed alike', () => {
    const { bound, said } = scenario();
    const fn = bound.bind('key', () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- users' code may
      throw 'password 1234';
    });
    expect(fn?.([])).toEqual({ ok: false });
    expect([...said.values()]).toEqual(['key of Shelf.find threw string; the call went on without it']);
  });
});
