import { randomBytes } from 'node:crypto';
import { serialize } from 'node:v8';
import { brotliCompressSync, constants } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CodecName, CompressionName, EncodedPayload } from '../contracts/codec.js';
import { cloneValue } from './clone.js';
import { PayloadCodec } from './payload.js';

const CODECS: readonly CodecName[] = ['json', 'msgpack', 'v8'];
const COMPRESSIONS: readonly CompressionName[] = ['none', 'deflate', 'brotli'];
const LIMIT = 100_000;

/** Few bytes that become very many. */
const BOMB = brotliCompressSync(Buffer.alloc(100_000_000, '['), {
  params: { [constants.BROTLI_PARAM_QUALITY]: 3 },
});

const codecOf = (codec: CodecName, options: { compress?: boolean; maxValueBytes?: number } = {}) =>
  new PayloadCodec({ codec, compress: true, compressionThreshold: 1_024, maxValueBytes: LIMIT, ...options });

function encoded(codec: PayloadCodec, value: unknown): EncodedPayload {
  const outcome = codec.encode(value);
  if (outcome.kind === 'refused') throw new Error(outcome.reason);
  return outcome.payload;
}

function roundTrip(codec: PayloadCodec, value: unknown) {
  const payload = encoded(codec, value);
  const outcome = codec.decode(payload.bytes, payload);
  if (outcome.kind === 'invalid') throw new Error(outcome.reason);
  return { ...outcome, codec: payload.codec };
}

/** All that a value is, as text: built-ins of v8 belong to another realm here, so no matcher can compare them. */
function portrait(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Object.is(value, -0)) return '-0';
  if (typeof value !== 'object' || value === null) return `${typeof value} ${String(value)}`;
  if (ArrayBuffer.isView(value)) return `${kindOf(value)}${Buffer.isBuffer(value)} ${hex(value)}`;
  return `${kindOf(value)}(${contentOf(value)})`;
}

function kindOf(value: object): string {
  return Object.prototype.toString.call(value);
}

function contentOf(value: object): string {
  switch (kindOf(value)) {
    case '[object ArrayBuffer]':
      return hex(new Uint8Array(value as ArrayBuffer));
    case '[object Date]':
      return String((value as Date).getTime());
    case '[object RegExp]':
      return (value as RegExp).toString();
    case '[object Object]':
      return Object.entries(value).flat().map(portrait).join();
    default:
      return Array.from(value as Iterable<unknown>, portrait).join();
  }
}

function hex(view: ArrayBufferView): string {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('hex');
}

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\ud800', '\udc00', 'a', 'é', '\0', '"') }),
  fc.constantFrom('', '__proto__', 'constructor', 'toJSON', 'length', '0', '-1', '10', 'x'.repeat(40)),
);
const leaf = fc.oneof(
  text,
  fc.double(),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constantFrom(null, -0, 2 ** 53, 2 ** 64),
);
const data = fc.object({ key: text, values: [leaf], maxDepth: 4 });
const rich = fc.anything({
  key: text,
  values: [
    leaf,
    fc.constant(undefined),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.constant(/a+/gi),
  ],
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withNullPrototype: true,
  maxDepth: 4,
});

describe.each(CODECS)('%s', (name) => {
  it.each<[string, fc.Arbitrary<unknown>]>([
    ['data', data],
    ['all that is storable', rich],
  ])('brings back exactly: %s', (_, values) => {
    const plain = codecOf(name, { compress: false });
    const compressing = codecOf(name);
    fc.assert(
      fc.property(values, (value) => {
        const before = portrait(value);
        const { value: copy } = roundTrip(plain, value);
        expect(portrait(copy)).toBe(before);
        expect(portrait(cloneValue(copy, { freezePlain: false }))).toBe(before);
        expect(portrait(roundTrip(compressing, [value, 'x'.repeat(2_000)]).value)).toBe(
          portrait([value, 'x'.repeat(2_000)]),
        );
        expect(portrait(value)).toBe(before);
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, unknown, 'shared' | 'cloned']>([
    ['data', { a: [1, { b: null }] }, 'shared'],
    ['a primitive', 'a', 'shared'],
    ['undefined', undefined, 'shared'],
    ['a bigint and undefined inside', { a: 1n, b: undefined }, 'shared'],
    ['the other zero', [-0, NaN], 'shared'],
    ['a date', { at: new Date(0) }, 'cloned'],
    ['a Map', new Map([[1, { a: 1 }]]), 'cloned'],
    ['bytes', [Buffer.from('a')], 'cloned'],
    ['a regular expression', /x/, 'cloned'],
  ])('says how the value may be handed out: %s', (_, value, sharing) => {
    expect(roundTrip(codecOf(name), value).sharing).toBe(sharing);
  });

  it('freezes the plain parts of what it decodes, and nothing of what it encodes', () => {
    const value = { list: [{ a: 1 }], map: new Map([['b', { c: 1 }]]), at: new Date(0) };
    const copy = roundTrip(codecOf(name), value).value as typeof value;
    for (const part of [copy, copy.list, copy.list[0], copy.map.get('b')])
      expect(Object.isFrozen(part)).toBe(true);
    for (const part of [value, value.list, value.list[0], value.map.get('b')])
      expect(Object.isFrozen(part)).toBe(false);
    expect(Object.isFrozen(roundTrip(codecOf(name), [[1]]).value)).toBe(true);
  });

  it('keeps a property named __proto__ a property and pollutes nothing', () => {
    const copy = roundTrip(
      codecOf(name),
      JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
    ).value;
    expect(Object.keys(copy as object)).toEqual(['__proto__', 'constructor']);
    expect((copy as { polluted?: number }).polluted).toBeUndefined();
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('gives views a memory of their own', () => {
    const codec = codecOf(name, { compress: false });
    const { bytes, ...meta } = encoded(codec, [
      Buffer.from('hello'),
      new Uint16Array([7, 8]),
      new DataView(new ArrayBuffer(2)),
    ]);
    const outcome = codec.decode(bytes, meta);
    bytes.fill(0);
    const views = (outcome.kind === 'decoded' ? outcome.value : []) as [Buffer, Uint16Array, DataView];
    expect(views[0].toString()).toBe('hello');
    expect(Array.from(views[1])).toEqual([7, 8]);
    expect(views.map((view) => view.buffer.byteLength)).toEqual([5, 4, 2]);
  });

  it('refuses and does not read what is larger than allowed', () => {
    const codec = codecOf(name, { maxValueBytes: 2_000 });
    const large = 'x'.repeat(2_001);
    expect(codec.encode(large)).toEqual({ kind: 'refused', reason: 'more than 2000 bytes' });
    // Few characters, many bytes.
    expect(codec.encode('é'.repeat(1_500) + 'Ω')).toEqual({
      kind: 'refused',
      reason: 'more than 2000 bytes',
    });
    for (const compress of [true, false]) {
      const payload = encoded(codecOf(name, { compress }), large);
      expect(codec.decode(payload.bytes, payload)).toMatchObject({ kind: 'invalid' });
      const fitting = encoded(codecOf(name, { compress }), 'x'.repeat(1_990));
      expect(codec.decode(fitting.bytes, fitting)).toMatchObject({ kind: 'decoded' });
    }
  });

  it('counts the bytes before compression', () => {
    const payload = encoded(codecOf(name), 'x'.repeat(5_000));
    expect(payload.compression).toBe('brotli');
    expect(payload.rawBytes).toBeGreaterThanOrEqual(5_000);
    expect(payload.bytes.length).toBeLessThan(100);
    expect(encoded(codecOf(name, { compress: false }), 'x'.repeat(5_000)).compression).toBe('none');
  });

  it('never throws, whatever the bytes are', () => {
    const codec = codecOf(name);
    const outcome = (bytes: Uint8Array, compression: CompressionName) =>
      codec.decode(bytes, { codec: name, compression }).kind;
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.constantFrom(...COMPRESSIONS),
        (bytes, compression) => {
          expect(['decoded', 'invalid']).toContain(outcome(bytes, compression));
        },
      ),
      { numRuns: 2_000 },
    );
    expect(outcome(new Uint8Array(), 'none')).toBe('invalid');
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('does not read what becomes very much', () => {
    expect(BOMB.length).toBeLessThan(60_000);
    expect(codecOf(name).decode(BOMB, { codec: name, compression: 'brotli' })).toMatchObject({
      kind: 'invalid',
    });
  });
});

describe('the choice of the codec', () => {
  it.each<[string, unknown, CodecName[]]>([
    ['data', { a: [1, 'é🐦'] }, ['json', 'msgpack', 'v8']],
    ['half a pair', ['\ud800'], ['json', 'v8', 'v8']],
    ['half a pair in a name', { '\ud800': 1 }, ['json', 'v8', 'v8']],
    ['a property named __proto__', { ['__proto__']: 1 }, ['json', 'v8', 'v8']],
    ['a bigint', [1n], ['v8', 'v8', 'v8']],
    ['an undefined property', { a: undefined }, ['v8', 'v8', 'v8']],
    ['a Date', new Date(), ['v8', 'v8', 'v8']],
  ])('falls back to v8 where another is not exact: %s', (_, value, expected) => {
    expect(CODECS.map((name) => encoded(codecOf(name), value).codec)).toEqual(expected);
  });
});

describe('msgpack', () => {
  it('needs nothing but the payload to read it', () => {
    const one = encoded(codecOf('msgpack'), [{ a: 1, b: 2 }, { a: 3, b: 4 }]); // prettier-ignore
    const other = encoded(codecOf('msgpack'), [{ c: 1, d: 2 }, { c: 3, d: 4 }]); // prettier-ignore
    const decode = (payload: EncodedPayload) => codecOf('msgpack').decode(payload.bytes, payload);
    const first = decode(one);
    expect(decode(other)).toMatchObject({ value: [{ c: 1, d: 2 }, { c: 3, d: 4 }] }); // prettier-ignore
    expect(decode(one)).toEqual(first);
    // A record that only another payload has defined.
    const undefinedRecord = Buffer.from([0x91, 0x40, 1, 2]);
    expect(codecOf('msgpack').decode(undefinedRecord, { codec: 'msgpack', compression: 'none' }).kind).toBe(
      'invalid',
    );
  });

  it('takes for data what its names would make special', () => {
    for (const value of [{ constructor: 1, toJSON: 2 }, { toJSON: { then: 1 } }, Object.create(null)]) {
      expect(roundTrip(codecOf('msgpack'), value)).toMatchObject({ codec: 'msgpack', value });
    }
  });

  it('reads nothing but data', () => {
    const date = Buffer.from([0xd6, 0xff, 0, 0, 0, 1]);
    expect(codecOf('msgpack').decode(date, { codec: 'msgpack', compression: 'none' }).kind).toBe('invalid');
  });
});

describe('v8', () => {
  it.each<[string, unknown]>([
    ['an error', new TypeError('x')],
    ['a sparse array', new Array<unknown>(4_000_000_000)],
    ['a boxed string', Object('x')],
  ])('does not read what is never written: %s', (_, value) => {
    expect(codecOf('v8').decode(serialize(value), { codec: 'v8', compression: 'none' }).kind).toBe('invalid');
  });

  it('does not follow a cycle', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const outcome = codecOf('v8').decode(serialize(cycle), { codec: 'v8', compression: 'none' });
    expect(outcome).toEqual({ kind: 'invalid', reason: 'it contains a cycle' });
  });

  it('does not unfold what refers to itself many times', () => {
    let twice: unknown = ['x'];
    for (let level = 0; level < 100; level++) twice = [twice, twice];
    expect(codecOf('v8').decode(serialize(twice), { codec: 'v8', compression: 'none' }).kind).toBe('invalid');
  });
});

describe('deep nesting', () => {
  it('is refused and not read', () => {
    const text = '['.repeat(45_000) + ']'.repeat(45_000);
    for (const name of CODECS) expect(codecOf(name).encode(JSON.parse(text)).kind).toBe('refused');
    expect(codecOf('json').decode(Buffer.from(text), { codec: 'json', compression: 'none' }).kind).toBe(
      'invalid',
    );
    const lists = Buffer.alloc(90_000, 0x91);
    expect(codecOf('msgpack').decode(lists, { codec: 'msgpack', compression: 'none' }).kind).toBe('invalid');
    const objects = Buffer.concat([Buffer.from([0xff, 0x0f]), Buffer.alloc(90_000, 'o')]);
    expect(codecOf('v8').decode(objects, { codec: 'v8', compression: 'none' }).kind).toBe('invalid');
  });
});

describe('instances', () => {
  class User {
    constructor(
      readonly name: string,
      readonly friend?: unknown,
    ) {}
  }
  const codec = codecOf('json');

  it('of the named class are written as their properties', () => {
    for (const [value, plain] of [
      [new User('ann'), '{"name":"ann"}'],
      [[new User('ann', 1), null], '[{"name":"ann","friend":1},null]'],
    ]) {
      const outcome = codec.encode(value, User);
      expect(outcome).toMatchObject({ kind: 'encoded', payload: { typed: true } });
      const copy =
        outcome.kind === 'encoded' ? codec.decode(outcome.payload.bytes, outcome.payload) : outcome;
      expect(JSON.stringify((copy as { value: unknown }).value)).toBe(plain);
    }
  });

  it('are refused wherever else they are', () => {
    for (const value of [{ user: new User('ann') }, [new User('ann'), 1], new User('ann', new User('bob'))]) {
      expect(codec.encode(value, User)).toEqual({ kind: 'refused', reason: 'instance of User' });
    }
    expect(codec.encode(new User('ann'))).toEqual({ kind: 'refused', reason: 'instance of User' });
  });

  it('do not change how other values are written', () => {
    for (const value of [{ name: 'ann' }, null, [], 'ann']) {
      expect(codec.encode(value, User)).toMatchObject({ kind: 'encoded', payload: { typed: false } });
    }
  });
});

describe('values that fight back', () => {
  const fail = (): never => {
    throw new Error('secret');
  };
  class Angry {
    get name(): string {
      return fail();
    }
  }
  const angry = Object.defineProperty(new Angry(), 'own', { get: fail, enumerable: true });

  it.each<[string, unknown]>([
    ['a getter that throws', { get a(): never { return fail(); } }], // prettier-ignore
    ['a toJSON that throws', { toJSON: fail }],
    ['a proxy that throws', new Proxy({}, { ownKeys: fail, getPrototypeOf: fail, get: fail })],
    ['an instance whose getter throws', angry],
    ['an object that hides its class', Object.create({ get constructor(): never { return fail(); } })], // prettier-ignore
    ['a buffer that was given away', (() => { const b = new ArrayBuffer(8); structuredClone(b, { transfer: [b] }); return new Map([[1, b]]); })()], // prettier-ignore
    ['an error thrown by a throwing error', { get a(): never { throw Object.defineProperty(new Error(), 'name', { get: fail }); } }], // prettier-ignore
  ])('are refused: %s', (_, value) => {
    for (const name of CODECS) {
      const outcome = codecOf(name).encode(value, Angry);
      expect(outcome.kind).toBe('refused');
      expect(JSON.stringify(outcome)).not.toContain('secret');
    }
  });

  it('do not blow up by their size', () => {
    const noise = Array.from({ length: 2_000 }, () => randomBytes(50).toString('latin1'));
    for (const name of CODECS) expect(codecOf(name).encode(noise).kind).toBe('refused');
  });
});
