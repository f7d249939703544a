import { describe, expect, test } from '@jest/globals';
import type { EntryHeader } from '../contracts/entry.js';
import type { FormatOptions } from './entry-format.js';
import { EntryFormat } from './entry-format.js';

class Bird {
  constructor(readonly name: string) {}
}

const OPTIONS: FormatOptions = {
  codec: 'json',
  compress: true,
  compressionThreshold: 1_024,
  maxValueBytes: 10_000,
  clone: false,
};

const HEADER: EntryHeader = {
  id: 'an id of 16 byte',
  epoch: '0123456789abcdef',
  createdAt: 1_000,
  softExpiry: 2_000,
  hardExpiry: 3_000,
  loadMs: 12,
  tags: [{ tag: '@birds', nonce: 'c.1:n' }],
};

function prepare(value: unknown, options: Partial<FormatOptions> = {}) {
  const outcome = new EntryFormat({ ...OPTIONS, ...options }).prepare(value);
  if (outcome.kind === 'refused') throw new Error(outcome.reason);
  return outcome.prepared;
}

function open(bytes: Buffer | undefined, options: Partial<FormatOptions> = {}) {
  const outcome = new EntryFormat({ ...OPTIONS, ...options }).open(bytes ?? Buffer.alloc(0));
  if (outcome.kind === 'invalid') throw new Error('invalid');
  return outcome.entry;
}

describe('an entry', () => {
  test.each([null, 0, '', false, 'acorn', { seeds: [1, 2] }, new Map([['oak', new Date(0)]]), 12n])(
    'gives the first caller and every reader the same: %p',
    async (value) => {
      const { held, toBytes } = prepare(value);
      expect(await held.take()).toEqual(value);
      const entry = open(toBytes(HEADER));
      expect(entry.header).toEqual(HEADER);
      expect(await entry.value()?.take()).toEqual(value);
    },
  );

  test('is our own copy: the loader’s object stays as it is and may change', async () => {
    const value = { seeds: [1, 2] };
    const { held } = prepare(value);
    value.seeds.push(3);
    expect(await held.take()).toEqual({ seeds: [1, 2] });
    expect(Object.isFrozen(value.seeds)).toBe(false);
  });

  test('of a class comes back as that class, to the first caller and to every reader', async () => {
    const options = { type: Bird, revive: (plain: Record<string, unknown>) => new Bird(String(plain.name)) };
    const { held, toBytes } = prepare(new Bird('nuthatch'), options);
    expect(await held.take()).toBeInstanceOf(Bird);
    expect(await open(toBytes(HEADER), options).value()?.take()).toEqual(new Bird('nuthatch'));
  });

  test('of a class has no value for a region that cannot revive it', () => {
    const options = { type: Bird, revive: (plain: Record<string, unknown>) => new Bird(String(plain.name)) };
    const { toBytes } = prepare(new Bird('nuthatch'), options);
    expect(open(toBytes(HEADER)).value()).toBeUndefined();
  });

  test.each([
    { what: 'an instance of an unknown class', value: new Bird('nuthatch') },
    { what: 'more bytes than allowed', value: 'x'.repeat(20_000) },
    { what: 'a function', value: () => 1 },
  ])('is not made of $what, with a reason that holds none of it', ({ value }) => {
    const outcome = new EntryFormat(OPTIONS).prepare(value);
    expect(outcome).toEqual({ kind: 'refused', reason: expect.any(String) });
    expect(JSON.stringify(outcome)).not.toMatch(/nuthatch|xxx/);
  });

  test.each([
    { what: 'a nonce that is no Latin-1', header: { tags: [{ tag: '@birds', nonce: '\u20ac' }] } },
    { what: 'a nonce of 300 bytes', header: { tags: [{ tag: '@birds', nonce: 'n'.repeat(300) }] } },
    { what: 'an epoch that is none', header: { epoch: 'somebody wrote here' } },
  ])('has no bytes under a header with $what, and nothing throws', ({ header }) => {
    expect(prepare('acorn').toBytes({ ...HEADER, ...header })).toBeUndefined();
  });

  test('names the id of bytes that cannot be read, so that they can be replaced', () => {
    const bytes = prepare('acorn').toBytes(HEADER) ?? Buffer.alloc(0);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    expect(new EntryFormat(OPTIONS).open(bytes)).toEqual({ kind: 'invalid', id: HEADER.id });
    expect(new EntryFormat(OPTIONS).open(Buffer.from('short'))).toEqual({ kind: 'invalid', id: '' });
  });
});
