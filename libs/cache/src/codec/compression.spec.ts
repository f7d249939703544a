import { randomBytes } from 'node:crypto';
import { brotliCompressSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { compress, decompress } from './compression.js';

const TEXT = Buffer.from(
  JSON.stringify(Array.from({ length: 300 }, (_, id) => ({ id, title: 'proposal ' + id }))),
);
const LIMIT = 1 << 20;

describe.each(['brotli', 'deflate'] as const)('%s', (name) => {
  it('brings back what it compressed', () => {
    const { bytes, compression } = compress(TEXT, 1_024, name);
    expect(compression).toBe(name);
    expect(bytes.length).toBeLessThan(TEXT.length / 2);
    expect(decompress(bytes, name, LIMIT)?.equals(TEXT)).toBe(true);
  });

  it('stops at the limit, and not before', () => {
    const { bytes } = compress(TEXT, 0, name);
    expect(decompress(bytes, name, TEXT.length)?.length).toBe(TEXT.length);
    expect(decompress(bytes, name, TEXT.length - 1)).toBeUndefined();
  });

  it('stops early when a little becomes very much', () => {
    const { bytes } = compress(Buffer.alloc(60_000_000), 0, name);
    expect(bytes.length).toBeLessThan(300_000);
    const started = process.memoryUsage().arrayBuffers;
    expect(decompress(bytes, name, LIMIT)).toBeUndefined();
    expect(process.memoryUsage().arrayBuffers - started).toBeLessThan(8 * LIMIT);
  });

  it('does not read cut or foreign bytes', () => {
    const { bytes } = compress(TEXT, 0, name);
    expect(decompress(bytes.subarray(0, -1), name, LIMIT)).toBeUndefined();
    expect(decompress(Buffer.alloc(0), name, LIMIT)).toBeUndefined();
    expect(decompress(Buffer.from('no such stream'), name, LIMIT)).toBeUndefined();
  });

  it('leaves alone what is short', () => {
    expect(compress(TEXT, TEXT.length, name)).toEqual({ bytes: TEXT, compression: 'none' });
    expect(compress(TEXT, TEXT.length - 1, name).compression).toBe(name);
  });

  it('leaves alone what it would hardly shorten', () => {
    const noise = randomBytes(10_000);
    expect(compress(noise, 0, name)).toEqual({ bytes: noise, compression: 'none' });
    const mixed = Buffer.concat([noise, Buffer.alloc(900)]);
    expect(compress(mixed, 0, name).compression).toBe('none');
    expect(compress(Buffer.concat([noise, Buffer.alloc(2_000)]), 0, name).compression).toBe(name);
  });
});

describe('no compression', () => {
  it('has the same limit', () => {
    expect(decompress(TEXT, 'none', TEXT.length)).toBe(TEXT);
    expect(decompress(TEXT, 'none', TEXT.length - 1)).toBeUndefined();
    expect(compress(TEXT, 0, 'none')).toEqual({ bytes: TEXT, compression: 'none' });
  });
});

describe('the default', () => {
  it('is a stream that any brotli reads, whatever wrote it', () => {
    expect(compress(TEXT, 0).compression).toBe('brotli');
    expect(decompress(brotliCompressSync(TEXT), 'brotli', LIMIT)?.equals(TEXT)).toBe(true);
  });
});
