import { inspect } from 'node:util';

/** Values of every kind that is storable, by what they are. Made anew each time, for a test may change them. */
export function storableValues(): Readonly<Record<string, unknown>> {
  return {
    null: null,
    'a boolean': true,
    'numbers of every size': [0, 1, -1, 127, 128, 65_536, 2 ** 31, 2 ** 53, -(2 ** 53), 0.1, 1e300, 5e-324],
    'the other zero, NaN and infinities': [-0, NaN, Infinity, -Infinity],
    'texts of every length': ['', 'a', 'é', '日本', '😀', 'x'.repeat(40), 'é'.repeat(70_000), '\0\u2028"\\'],
    'half of a character': ['\ud83d', { '\udc00': 1 }],
    'an empty list and an empty object': [[], {}],
    'nested data': { a: [1, { b: null, c: ['x', { d: false }] }], e: { f: { g: {} } } },
    'a list of alike objects': Array.from({ length: 100 }, (_, id) => ({
      id,
      name: `n${id}`,
      tags: ['a', 'b'],
    })),
    'names that mean something elsewhere': parse(
      '{"__proto__":1,"constructor":2,"toString":3,"0":4,"length":5}',
    ),
    'undefined inside': { a: undefined, b: [undefined] },
    'a bigint': [1n, -(2n ** 70n)],
    'a date': { at: new Date(1_700_000_000_123), never: new Date(NaN) },
    'a map and a set': new Map<unknown, unknown>([
      ['a', new Set([1, 'b'])],
      [{ key: 1 }, new Map()],
    ]),
    bytes: {
      buffer: Buffer.from([0, 1, 255]),
      floats: new Float64Array([0.5, -0]),
      plain: new ArrayBuffer(3),
    },
    'a regular expression': /a+\/b/giu,
  };
}

/** Values that no codec may take for something else: they would not come back as they were. */
export function unstorableValues(): Readonly<Record<string, unknown>> {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  return {
    'a function': { a: () => 1 },
    'a symbol': Symbol('a'),
    'an instance of a class': new (class Tree {})(),
    'a promise': Promise.resolve(1),
    'a cycle': cycle,
    'a getter': Object.defineProperty({}, 'a', { get: () => 1, enumerable: true }),
    'what throws when it is read': new Proxy({}, { ownKeys: fail, get: fail }),
    'a list with holes': Object.assign([1], { length: 3 }),
  };
}

/**
 * All that a value is, as text, by which two are compared: a runner may run tests in a realm of their own, where no value that
 * node:v8 makes is an instance of what the test calls Map.
 */
export function portrait(value: unknown): string {
  return inspect(value, {
    depth: Infinity,
    maxArrayLength: Infinity,
    maxStringLength: Infinity,
    breakLength: Infinity,
    customInspect: false,
  });
}

/** Bytes as somebody else, a fault of the network or an attacker may have written them; the same in every run. */
export function* hostileBytes(valid: Buffer): Generator<Buffer> {
  for (let length = 0; length < Math.min(valid.length, 200); length++) yield valid.subarray(0, length);
  const next = randomNumbers(1);
  for (let i = 0; i < 500; i++) {
    const altered = Buffer.from(valid);
    for (let n = 0; n <= i % 4; n++) altered[next() % altered.length] = next() % 256;
    yield altered;
  }
  for (let i = 0; i < 500; i++)
    yield Buffer.from(Array.from({ length: 1 + (next() % 40) }, () => next() % 256));
  yield Buffer.alloc(100_000, '[');
  yield Buffer.alloc(100_000, 0xff);
}

function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
}

function parse(text: string): unknown {
  return JSON.parse(text);
}

function fail(): never {
  throw new Error('it must not be read');
}
