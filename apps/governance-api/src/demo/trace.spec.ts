import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeTrace, objectPath, readTrace } from './trace.js';

const ACCESSES = [0, 1, 0x0800_0000, 0xffff_ffff, 0x7fff_ffff, 1];

function encode(accesses: readonly number[]): Buffer {
  const bytes = Buffer.alloc(accesses.length * 4);
  accesses.forEach((access, index) => bytes.writeUInt32BE(access, index * 4));
  return bytes;
}

describe('decodeTrace', () => {
  it('reads 32-bit big-endian integers without a sign', () => {
    expect([...decodeTrace(encode(ACCESSES), 'trace')]).toEqual(ACCESSES);
  });

  it('refuses a last access that is cut off', () => {
    expect(() => decodeTrace(Buffer.alloc(7), 'trace')).toThrow(
      '"trace" has 7 bytes; a multiple of 4 is needed',
    );
  });
});

describe('objectPath', () => {
  it.each([
    [0, '/objects/0/0'],
    [0x07ff_ffff, '/objects/0/134217727'],
    [0x0800_0000, '/objects/1/0'],
    [0xffff_ffff, '/objects/31/134217727'],
    [(3 << 27) | (70_000 << 9) | 2, '/objects/3/35840002'],
  ])('names the object %i as %s', (access, path) => {
    expect(objectPath(access)).toBe(path);
  });

  it('names different objects differently', () => {
    const accesses = Array.from({ length: 5_000 }, (_, index) => Math.imul(index, 2_654_435_761) >>> 0);
    expect(new Set(accesses.map(objectPath)).size).toBe(new Set(accesses).size);
  });
});

describe('readTrace', () => {
  let directory: string;
  let raw: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'trace-'));
    raw = join(directory, 'trace.bin');
    writeFileSync(raw, encode(ACCESSES));
    execFileSync('xz', ['--keep', raw]);
    writeFileSync(join(directory, 'broken.xz'), 'not packed at all');
    writeFileSync(join(directory, 'empty'), '');
    writeFileSync(join(directory, 'cut'), Buffer.alloc(6));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each(['trace.bin', 'trace.bin.xz'])('reads %s whole, and its first accesses only', async (name) => {
    const file = join(directory, name);
    expect([...(await readTrace(file))]).toEqual(ACCESSES);
    expect([...(await readTrace(file, 2))]).toEqual(ACCESSES.slice(0, 2));
    expect([...(await readTrace(file, 100))]).toEqual(ACCESSES);
  });

  it.each([
    ['missing', 'there is no file'],
    ['empty', 'holds no access'],
    ['cut', 'has 6 bytes'],
    ['broken.xz', 'cannot be unpacked'],
    ['', 'there is no file'],
  ])('refuses the file "%s"', async (name, message) => {
    await expect(readTrace(join(directory, name))).rejects.toThrow(message);
  });
});
