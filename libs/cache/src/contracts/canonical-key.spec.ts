import { Readable } from 'node:stream';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalKey, canonicalTag, explainArguments, MAX_KEY_LENGTH, regionTag } from './canonical-key.js';

const key = (...args: unknown[]) => canonicalKey('r', args);

describe('canonicalKey', () => {
  it.each<[string, unknown[], string]>([
    ['no argument', [], 'r:'],
    ['a string', ['abc'], 'r:s3:abc'],
    ['an empty string', [''], 'r:s0:'],
    ['a number', [12.5], 'r:n12.5'],
    ['two arguments', ['a', 1], 'r:s1:a,n1'],
    ['primitives', [true, false, null, 5n], 'r:t,f,z,i5'],
    ['a date', [new Date(7)], 'r:d7'],
    ['an array', [[1, 'a', []]], 'r:a3:n1,s1:a,a0:'],
    ['an object', [{ b: 1, a: { c: null } }], 'r:o2:1:a=o1:1:c=z,1:b=n1'],
    ['a map', [new Map<unknown, unknown>([['a', 1]])], 'r:m1:s1:a=n1'],
    ['a set', [new Set([1, 'a'])], 'r:e2:n1,s1:a'],
    ['bytes', [Buffer.from('hi')], 'r:bBuffer:2:aGk='],
    ['other bytes', [new Uint8Array([1])], 'r:bUint8Array:1:AQ=='],
    ['a buffer of bytes', [new Uint8Array([1]).buffer], 'r:bArrayBuffer:1:AQ=='],
  ])('writes %s', (_, args, text) => {
    expect(canonicalKey('r', args)).toBe(text);
  });

  it.each<[string, unknown[], unknown[]]>([
    ['number and string', [1], ['1']],
    ['number and bigint', [1], [1n]],
    ['zeros', [0], [-0]],
    ['null and undefined', [null, 1], [undefined, 1]],
    ['null and its name', [null], ['null']],
    ['one and two arguments', ['a:b', 'c'], ['a', 'b:c']],
    ['a list and its items', [['a', 'b']], ['a', 'b']],
    ['nested lists', [[1], 2], [[1, 2]]],
    ['brace and its escape', ['{'], ['%7B']],
    ['escape and its escape', ['%'], ['%25']],
    ['half pairs', ['\ud800'], ['\ud801']],
    ['half pair and its escape', ['\ud800'], ['%uD800']],
    ['half pair and the replacement', ['\ud800'], ['\ufffd']],
    ['NaN and its name', [NaN], ['NaN']],
    ['infinities', [Infinity], [-Infinity]],
    ['date and milliseconds', [new Date(1)], [1]],
    ['map and object', [new Map([['a', 1]])], [{ a: 1 }]],
    ['sets in different order', [new Set([1, 2])], [new Set([2, 1])]],
    ['set and list', [new Set([1])], [[1]]],
    ['bytes of different classes', [new Uint8Array(2)], [Buffer.alloc(2)]],
    ['views of different width', [new Uint16Array(1)], [new Int16Array(1)]],
    ['names with separators', [{ 'a=n1,1:b': 2 }], [{ a: 1, b: 2 }]],
  ])('tells apart: %s', (_, one, other) => {
    expect(canonicalKey('r', one)).not.toBe(canonicalKey('r', other));
  });

  it('takes trailing undefined arguments and undefined properties for absent', () => {
    expect(key(1, undefined, undefined)).toBe(key(1));
    expect(key(undefined)).toBe(key());
    expect(key({ a: 1, b: undefined })).toBe(key({ a: 1 }));
    expect(key([undefined])).not.toBe(key([]));
  });

  it('keeps regions apart', () => {
    expect(canonicalKey('a', ['b'])).not.toBe(canonicalKey('a.b', []));
  });

  it('reads views by what they show of their memory', () => {
    const shown = Buffer.from('xhellox').subarray(1, 6);
    expect(key(shown)).toBe(key(Buffer.from('hello')));
  });

  it('reads plain data and built-ins of another realm', () => {
    const foreign: unknown = runInNewContext(
      '({ list: [1, -0], date: new Date(7), map: new Map([[1, new Set([2])]]), nothing: null })',
    );
    const own = { list: [1, -0], date: new Date(7), map: new Map([[1, new Set([2])]]), nothing: null };
    expect(key(foreign)).toBe(key(own));
    expect(key(Object.assign(Object.create(null), own))).toBe(key(own));
  });

  it('hashes what is long', () => {
    const long = 'x'.repeat(MAX_KEY_LENGTH);
    expect(key(long)).toMatch(/^r:~[\da-f]{64}$/);
    expect(key(long + '1')).not.toBe(key(long + '2'));
    expect(key([long])).not.toBe(key(long));
    expect(canonicalKey('q', [long])?.slice(2)).not.toBe(key(long)?.slice(2));
    expect(key('x'.repeat(MAX_KEY_LENGTH - 'r:s194:'.length))).toHaveLength(MAX_KEY_LENGTH);
  });

  it('gives the short way the same text as the long one', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 250 }), fc.double()), (value) => {
        // A second argument takes the long way; without it and its comma the text must be the same.
        const text = canonicalKey('r', [value, null]);
        fc.pre(text !== undefined && !text.startsWith('r:~'));
        expect(canonicalKey('r', [value]) + ',z').toBe(text);
      }),
    );
  });
});

describe('arguments without a canonical form', () => {
  class User {}
  class Ids extends Array<number> {}
  const cycle: unknown[] = [];
  cycle.push([cycle]);
  const deep = (levels: number): unknown => (levels === 0 ? [] : [deep(levels - 1)]);
  const twice = (levels: number): unknown => {
    let value: unknown = 'x';
    for (let level = 0; level < levels; level++) value = [value, value];
    return value;
  };
  const throwing = {
    get secret(): string {
      throw new Error('secret');
    },
  };

  it.each<[string, unknown, RegExp]>([
    ['a function', () => 1, /a function/],
    ['a symbol', Symbol('x'), /a symbol/],
    ['an instance', new User(), /instance of User/],
    ['an instance of a class that extends a built-in', new Ids(), /instance of Ids/],
    ['an extended Map', new (class Index extends Map {})(), /instance of Index/],
    ['extended bytes', new (class Bytes extends Uint8Array {})(1), /instance of Bytes/],
    ['an instance without a name', new (class {})(), /an unnamed class/],
    ['an object on another object', Object.create({ a: 1 }), /unnamed class/],
    ['an instance deep inside', { a: [new Map([[1, new User()]])] }, /instance of User/],
    ['a Promise', Promise.resolve(1), /instance of Promise/],
    ['a stream', Readable.from([]), /instance of Readable/],
    ['an error', new TypeError('secret'), /instance of TypeError/],
    ['a boxed string', Object('x'), /instance of String/],
    ['a regular expression', /x/, /instance of RegExp/],
    ['a cycle', cycle, /levels, or a cycle/],
    ['33 levels', deep(32), /levels, or a cycle/],
    ['lists that contain lists twice', twice(31), /more data/],
    ['a very long list', new Array<number>(2_000_000).fill(1), /too long/],
    ['a very long string', ['x'.repeat(1_000_001)], /more data/],
    ['a sparse array', new Array<unknown>(4_000_000_000), /sparse/],
    ['an array with a hole and a property', Object.assign([, 1], { x: 1 }), /sparse/], // eslint-disable-line no-sparse-arrays
    ['a symbol as key', { [Symbol('x')]: 1 }, /symbol as key/],
    ['a getter that throws', throwing, /throws/],
    ['a proxy that throws', new Proxy({}, { ownKeys: () => throwing.secret }), /throws/],
  ])('names the reason: %s', (_, value, reason) => {
    expect(canonicalKey('r', ['fine', value])).toBeUndefined();
    const problem = explainArguments(['fine', value]);
    expect(problem).toEqual({ index: 1, reason: expect.stringMatching(reason) });
    expect(problem?.reason).not.toContain('secret');
  });

  it('explains nothing where all is well', () => {
    expect(explainArguments(['a', { b: [deep(29)] }])).toBeUndefined();
    expect(key(deep(31))).toBeDefined();
  });
});

describe('a million argument lists', () => {
  /** What makes an argument list what it is, told by JSON's brackets and quotes instead of counts and lengths. */
  function identity(value: unknown): unknown {
    if (typeof value === 'string') return value;
    if (typeof value !== 'object' || value === null)
      return [typeof value, Object.is(value, -0) ? '-0' : String(value)];
    if (Array.isArray(value)) return ['array', value.map(identity)];
    if (value instanceof Date) return ['date', String(value.getTime())];
    if (value instanceof Map) return ['map', Array.from(value as Map<unknown, unknown>, identity)];
    if (value instanceof Set) return ['set', Array.from(value as Set<unknown>, identity)];
    if (Buffer.isBuffer(value)) return ['buffer', value.toString('latin1')];
    const present = Object.entries(value).filter(([, item]) => item !== undefined);
    return [
      'object',
      present.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, item]) => [name, identity(item)]),
    ];
  }

  const CHARACTERS = [...'::,,==001257578sna~BuDé', '%', '{', '}', '\ud800', '\udc00'];
  const NUMBERS = [0, -0, 1, -1, 1.5, 11, 1e21, 5e-324, NaN, Infinity, -Infinity];

  /** Values from a seed: small, and made of what the encoding itself is made of. */
  class Values {
    constructor(private state: number) {}

    below(limit: number): number {
      this.state = (Math.imul(this.state ^ (this.state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
      return ((this.state ^ (this.state >>> 13)) >>> 0) % limit;
    }

    next(level = 0): unknown {
      const kind = this.below(level < 2 ? 12 : 9);
      if (kind < 4) return this.text();
      if (kind === 4) return NUMBERS[this.below(NUMBERS.length)];
      if (kind === 5) return this.below(200);
      if (kind === 6) return [true, false, null, undefined][this.below(4)];
      if (kind === 7) return BigInt(this.below(200));
      if (kind === 8) return this.below(2) === 0 ? new Date(this.below(200)) : Buffer.from(this.text());
      return this.container(kind - 9, level + 1);
    }

    private container(kind: number, level: number): unknown {
      const item = () => this.next(level);
      if (kind === 0) return this.many(item);
      if (kind === 1)
        return this.below(2) === 0 ? new Set(this.many(item)) : new Map(this.many(() => [item(), item()]));
      return Object.fromEntries(this.many(() => [this.text(), item()]));
    }

    private many<T>(make: () => T): T[] {
      return Array.from({ length: this.below(3) }, make);
    }

    private text(): string {
      let text = '';
      for (let left = this.below(5); left > 0; left--) text += CHARACTERS[this.below(CHARACTERS.length)];
      return text;
    }
  }

  it('have as many keys as there are different lists', () => {
    const numbers = new Map<string, number>();
    const lists = new Set<string>();
    const listOf = new Map<string, string>();
    const numberOf = (value: unknown): number => {
      const name = JSON.stringify(identity(value));
      const number = numbers.get(name) ?? numbers.size;
      numbers.set(name, number);
      return number;
    };
    const check = (seed: number) => {
      const values = new Values(seed);
      const pool = Array.from({ length: 500 }, () => values.next());
      const numbered = pool.map(numberOf);
      for (let count = 0; count < 10_000; count++) {
        const picks = Array.from({ length: 1 + (values.below(4) % 3) }, () => values.below(500));
        const args = picks.map((pick) => pool[pick]);
        const text = canonicalKey('r', args) ?? '';
        while (picks.length > 0 && pool[picks.at(-1) ?? 0] === undefined) picks.pop();
        const list = picks.map((pick) => numbered[pick]).join();
        lists.add(list);
        if ((listOf.get(text) ?? list) !== list) throw new Error(`${text} is the key of two lists`);
        listOf.set(text, list);
      }
    };
    fc.assert(fc.property(fc.noBias(fc.nat()), check), { numRuns: 100, endOnFailure: true });
    expect(listOf.size).toBe(lists.size);
    expect(lists.size).toBeGreaterThan(400_000);
    expect(listOf.has('')).toBe(false);
    const unfit = Array.from(listOf.keys()).filter((text) => /[{}\p{Surrogate}]/u.test(text));
    expect(unfit).toEqual([]);
  });

  it('do not depend on the order of properties', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything({ maxDepth: 2 })), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalKey('r', [reversed])).toBe(canonicalKey('r', [object]));
      }),
    );
  });
});

describe('tags', () => {
  it('of users, regions and entries cannot be taken for one another', () => {
    expect(canonicalTag('community:list')).toBe('#community:list');
    expect(canonicalTag('@community')).toBe('#@community');
    expect(regionTag('community')).toBe('@community');
    expect(key('a')).toMatch(/^[^#@]/);
  });

  it('have no braces and are well formed', () => {
    expect(canonicalTag('{a}%\ud800')).toBe('#%7Ba%7D%25%uD800');
    expect(canonicalTag('é🐦')).toBe('#é🐦');
  });

  it('are hashed when long, and never taken for a hash', () => {
    const hashed = canonicalTag('x'.repeat(MAX_KEY_LENGTH + 1));
    expect(hashed).toMatch(/^#~[\da-f]{64}$/);
    expect(canonicalTag(hashed.slice(1))).not.toBe(hashed);
    expect(canonicalTag('x'.repeat(MAX_KEY_LENGTH))).toHaveLength(MAX_KEY_LENGTH + 1);
  });
});
