import { crc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CodecName, CompressionName, EncodedPayload } from '../contracts/codec.js';
import type { EntryHeader } from '../contracts/entry.js';
import { AT_EXPIRY, envelopeId, readEnvelope, writeEnvelope } from './envelope.js';
import { EXPIRY_BYTES, expiryBytes } from './envelope-expiry.js';
import { PayloadCodec } from './payload.js';

const HEADER: EntryHeader = {
  id: '\0\u00ff23456789abcdef',
  epoch: '00ff112233445566',
  createdAt: 1_700_000_000_000.25,
  softExpiry: 1_700_000_300_000.5,
  hardExpiry: Infinity,
  loadMs: 12,
  tags: [
    { tag: '@community.metadata', nonce: '41:deadbeef' },
    { tag: '#gemeinschaft:größe🐦', nonce: '42:\u00e9' },
  ],
};

const PAYLOAD: EncodedPayload = {
  bytes: Buffer.from('{"name":"ann"}'),
  codec: 'json',
  compression: 'none',
  typed: false,
  rawBytes: 14,
};

/** Entries of every codec and compression, with the values in them. */
const SAMPLES: [string, Buffer, unknown][] = (['json', 'msgpack', 'v8'] as CodecName[]).flatMap((codec) =>
  (['none', 'brotli'] as CompressionName[]).map((compression): [string, Buffer, unknown] => {
    const value = [
      { id: 7, name: 'ann' },
      { id: 8, name: 'bob' },
      'x'.repeat(compression === 'none' ? 3 : 300),
    ];
    const payloads = new PayloadCodec({
      codec,
      compress: compression !== 'none',
      compressionThreshold: 100,
      maxValueBytes: 1_000,
    });
    const outcome = payloads.encode(value);
    if (outcome.kind === 'refused' || outcome.payload.compression !== compression)
      throw new Error('no such sample');
    return [`${codec}, ${compression}`, writeEnvelope(HEADER, outcome.payload), value];
  }),
);

describe('an envelope', () => {
  it('brings back header, style and payload', () => {
    const outcome = readEnvelope(
      writeEnvelope(HEADER, { ...PAYLOAD, codec: 'v8', compression: 'deflate', typed: true }),
    );
    expect(outcome).toEqual({
      kind: 'envelope',
      header: HEADER,
      codec: 'v8',
      compression: 'deflate',
      typed: true,
      payload: PAYLOAD.bytes,
    });
  });

  it('brings back any header', () => {
    const character = fc.nat(255).map((code) => String.fromCharCode(code));
    const header: fc.Arbitrary<EntryHeader> = fc.record({
      id: fc.string({ unit: character, minLength: 16, maxLength: 16 }),
      epoch: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 16, maxLength: 16 }),
      createdAt: fc.double({ noNaN: true }),
      softExpiry: fc.double({ noNaN: true }),
      hardExpiry: fc.double({ noNaN: true }),
      loadMs: fc.nat(0xffff_ffff),
      tags: fc.array(
        fc.record({ tag: fc.string({ unit: 'binary' }), nonce: fc.string({ unit: character }) }),
      ),
    });
    fc.assert(
      fc.property(header, fc.uint8Array(), (written, payload) => {
        const outcome = readEnvelope(writeEnvelope(written, { ...PAYLOAD, bytes: Buffer.from(payload) }));
        expect(outcome).toMatchObject({ kind: 'envelope', header: written, payload: Buffer.from(payload) });
      }),
    );
  });

  it('has the layout that the table shows', () => {
    const bytes = writeEnvelope({ ...HEADER, tags: [{ tag: 'ab', nonce: 'xyz' }] }, PAYLOAD);
    expect(bytes.toString('latin1', 0, 16)).toBe(HEADER.id);
    expect(bytes.toString('hex', 16, 18)).toBe('0200');
    expect(bytes.readUInt32BE(18)).toBe(bytes.length);
    expect([26, 34, 54].map((at) => bytes.readDoubleBE(at))).toEqual([
      HEADER.softExpiry,
      HEADER.hardExpiry,
      HEADER.createdAt,
    ]);
    // made with another implementation of MurmurHash3, which agrees with the published examples
    expect(bytes.toString('hex', 42, 46)).toBe('49f18a87');
    expect(bytes.toString('hex', 46, 54)).toBe(HEADER.epoch);
    expect(bytes.toString('hex', 62, 68)).toBe('0000000c0001');
    expect(bytes.toString('latin1', 68)).toBe('\0\u0002ab\u0003xyz{"name":"ann"}');
  });

  it('ends at other times when these bytes are replaced, and is otherwise the same', () => {
    const times = fc.record({
      softExpiry: fc.double({ noNaN: true }),
      hardExpiry: fc.double({ noNaN: true }),
    });
    fc.assert(
      fc.property(times, ({ softExpiry, hardExpiry }) => {
        const bytes = writeEnvelope(HEADER, PAYLOAD);
        const expiry = expiryBytes(softExpiry, hardExpiry);
        expect(expiry).toHaveLength(EXPIRY_BYTES);
        expiry.copy(bytes, AT_EXPIRY);
        expect(readEnvelope(bytes)).toMatchObject({
          kind: 'envelope',
          header: { ...HEADER, softExpiry, hardExpiry },
          payload: PAYLOAD.bytes,
        });
      }),
    );
  });

  it('rounds the time of the load into its four bytes', () => {
    const loadMs = (ms: number) => {
      const outcome = readEnvelope(writeEnvelope({ ...HEADER, loadMs: ms }, PAYLOAD));
      return outcome.kind === 'envelope' && outcome.header.loadMs;
    };
    expect([1.5, -1, 1e12, 0].map(loadMs)).toEqual([2, 0, 0xffff_ffff, 0]);
  });

  it('gives each entry the epoch that is in it', () => {
    const epochs = ['0', '1', 'ffffffff00000001', 'ffffffff00000002', 'ff00000002'].map((low) =>
      low.padStart(16, '0'),
    );
    const read = epochs.map((epoch) => readEnvelope(writeEnvelope({ ...HEADER, epoch }, PAYLOAD)));
    expect(read.map((outcome) => outcome.kind === 'envelope' && outcome.header.epoch)).toEqual(epochs);
  });

  it.each<[string, Partial<EntryHeader>]>([
    ['a short id', { id: 'short' }],
    ['an id that is not Latin-1', { id: 'Ω'.repeat(16) }],
    ['a foreign epoch', { epoch: 'xyz' }],
    ['too many tags', { tags: new Array<EntryHeader['tags'][0]>(1_001).fill({ tag: 'a', nonce: '1' }) }],
    ['a very long tag', { tags: [{ tag: 'é'.repeat(32_768), nonce: '1' }] }],
    [
      'much about tags',
      { tags: new Array<EntryHeader['tags'][0]>(40).fill({ tag: 'x'.repeat(30_000), nonce: '1' }) },
    ],
    ['a very long nonce', { tags: [{ tag: 'a', nonce: '1'.repeat(256) }] }],
    ['a nonce that is not Latin-1', { tags: [{ tag: 'a', nonce: 'Ω' }] }],
  ])('cannot hold %s', (_, part) => {
    expect(() => writeEnvelope({ ...HEADER, ...part }, PAYLOAD)).toThrow(/^an entry's header needs/);
  });
});

describe.each(SAMPLES)('damage to an entry (%s)', (_, sample, value) => {
  const payloads = new PayloadCodec({
    codec: 'json',
    compress: true,
    compressionThreshold: 100,
    maxValueBytes: 1_000,
  });

  it('does not exist at first', () => {
    const outcome = readEnvelope(sample);
    expect(outcome.kind === 'envelope' && payloads.decode(outcome.payload, outcome)).toMatchObject({
      kind: 'decoded',
      value,
    });
  });

  it('is found wherever bytes are cut off or added', () => {
    for (let length = 0; length < sample.length; length++) {
      expect(readEnvelope(sample.subarray(0, length)).kind).toBe('invalid');
    }
    for (const extra of ['\0', '}', 'xx']) {
      expect(readEnvelope(Buffer.concat([sample, Buffer.from(extra)])).kind).toBe('invalid');
    }
  });

  it('is found for every altered bit', () => {
    for (let bit = 16 * 8; bit < sample.length * 8; bit++) {
      const bytes = Buffer.from(sample);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(readEnvelope(bytes).kind).toBe('invalid');
    }
  });

  it('is found for every altered byte, in three ways', () => {
    for (let at = 16; at < sample.length; at++) {
      for (const mask of [0xff, 0x55, 0x81]) {
        const bytes = Buffer.from(sample);
        bytes[at]! ^= mask;
        expect(readEnvelope(bytes).kind).toBe('invalid');
      }
    }
  });

  it('is found where several bytes are altered', () => {
    const change = fc.tuple(
      fc.integer({ min: 16, max: sample.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(change, { minLength: 1, maxLength: 8, selector: ([at]) => at }),
        (changes) => {
          const bytes = Buffer.from(sample);
          for (const [at, mask] of changes) bytes[at]! ^= mask;
          expect(readEnvelope(bytes).kind).toBe('invalid');
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('does not matter in the id, which is only compared', () => {
    for (let at = 0; at < 16; at++) {
      const bytes = Buffer.from(sample);
      bytes[at]! ^= 1;
      expect(readEnvelope(bytes)).toMatchObject({ kind: 'envelope', header: { id: envelopeId(bytes) } });
    }
  });
});

describe('bytes that are no entry', () => {
  it('are invalid and keep their id', () => {
    expect(readEnvelope(Buffer.from('0123456789abcdef and more'))).toEqual({
      kind: 'invalid',
      reason: 'too short',
      id: '0123456789abcdef',
    });
    expect(readEnvelope(Buffer.from('0123456789abcde'))).toMatchObject({ kind: 'invalid', id: '' });
    expect(envelopeId(Buffer.from('0123456789abcdef'))).toBe('0123456789abcdef');
  });

  it('are invalid whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(readEnvelope(Buffer.from(bytes)).kind).toBe('invalid');
      }),
      { numRuns: 2_000 },
    );
  });

  /** Bytes with a right checksum: not damaged, but written by somebody else. */
  function forge(change: (bytes: Buffer) => void): Buffer {
    const bytes = writeEnvelope(HEADER, PAYLOAD);
    change(bytes);
    const start = (((bytes[16]! << 24) | (bytes[17]! << 16)) ^ bytes.readUInt32BE(18)) >>> 0;
    bytes.writeUInt32BE(crc32(bytes.subarray(46), start), 22);
    return bytes;
  }

  it.each<[string, (bytes: Buffer) => void, string]>([
    ['an older format', (bytes) => (bytes[16] = 1), 'unknown format'],
    ['a newer format', (bytes) => (bytes[16] = 3), 'unknown format'],
    ['another length', (bytes) => bytes.writeUInt32BE(bytes.length + 1, 18), 'wrong length'],
    ['a fourth codec', (bytes) => (bytes[17] = 3), 'unknown codec or compression'],
    ['a fourth compression', (bytes) => (bytes[17] = 12), 'unknown codec or compression'],
    ['an unknown flag', (bytes) => (bytes[17] = 32), 'unknown codec or compression'],
    ['another soft expiry', (bytes) => bytes.writeDoubleBE(1, 26), 'wrong check of its expiry'],
    ['another hard expiry', (bytes) => bytes.writeDoubleBE(1, 34), 'wrong check of its expiry'],
    ['no expiry at all', (bytes) => bytes.fill(0, 26, 46), 'wrong check of its expiry'],
    ['tags beyond the end', (bytes) => bytes.writeUInt16BE(3, 66), 'tags beyond the end'],
    ['a name beyond the end', (bytes) => bytes.writeUInt16BE(0xffff, 68), 'tags beyond the end'],
  ])('are invalid with a right checksum: %s', (_, change, reason) => {
    expect(readEnvelope(forge(change))).toEqual({ kind: 'invalid', reason, id: HEADER.id });
  });

  it('are told apart from a right entry by nothing else', () => {
    expect(readEnvelope(forge(() => undefined)).kind).toBe('envelope');
  });
});
