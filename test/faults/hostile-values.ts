import type { Transform } from 'node:stream';
import { constants, createBrotliCompress, createDeflateRaw } from 'node:zlib';
import { serialize } from 'node:v8';
import type { Redis } from 'ioredis';
import type { Content } from './forgery.js';
import { forge } from './forgery.js';

/** Somebody's way to make an entry harmful. `real` are the bytes of the entry that was there. */
export interface Hostile {
  readonly what: string;
  plant(redis: Redis, key: string, real: Buffer): Promise<unknown>;
}

const LEVELS = 100_000;
const MEGABYTE = 1_048_576;
/** Made where it is kept: the process under test has enough to do with reading it. */
const HUGE = `local v = ARGV[1] .. string.rep(ARGV[2], ${64 * MEGABYTE})
return redis.call('SET', KEYS[1], v, 'PX', 60000)`;

const forged = (what: string, content: () => Content | Promise<Content>): Hostile => ({
  what,
  plant: async (redis, key, real) => redis.set(key, forge(real, await content()), 'PX', 60_000),
});

const huge = (what: string, beginning: (real: Buffer) => Buffer): Hostile => ({
  what,
  plant: (redis, key, real) => redis.eval(HUGE, 1, key, beginning(real), 'x'),
});

/** Bytes that grow beyond what a process can hold. */
export const LARGE: readonly Hostile[] = [
  huge('64 MB that begin as the entry did', (real) => real),
  huge('64 MB of anything', () => Buffer.alloc(0)),
  forged('little that brotli inflates to 1 GB', async () => ({
    compression: 'brotli',
    payload: await squeezed(createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 3 } })),
  })),
  forged('a megabyte that inflates to 1 GB', async () => ({
    compression: 'deflate',
    payload: await squeezed(createDeflateRaw({ level: 6 })),
  })),
];

/** Values that nobody could walk through. */
export const DEEP: readonly Hostile[] = [
  forged('100,000 levels of JSON', () => ({ payload: Buffer.from(nested('[', '0', ']')) })),
  forged('100,000 objects of JSON', () => ({ payload: Buffer.from(nested('{"a":', '0', '}')) })),
  forged('100,000 levels of MessagePack', () => ({
    codec: 'msgpack',
    payload: Buffer.from(nested('\x91', '\x00', ''), 'latin1'),
  })),
  forged('100,000 levels of v8', () => ({ codec: 'v8', payload: deepV8() })),
];

/** Headers that claim to belong to everything. */
export const TAGGED: readonly Hostile[] = [
  forged('as many tags as a header counts', () => ({ tags: manyTags(65_535) })),
  forged('1,000,000 tags', () => ({ tags: manyTags(1_000_000) })),
];

const typed = (what: string, ...command: [string, ...string[]]): Hostile => ({
  what,
  plant: async (redis, key) => {
    const [name, ...args] = command;
    await redis.del(key);
    await redis.call(name, key, ...args);
  },
});

/** What is no text at all. */
export const TYPED: readonly Hostile[] = [
  typed('a list', 'RPUSH', 'x'),
  typed('a hash', 'HSET', 'field', 'x'),
  typed('a set', 'SADD', 'x'),
  typed('a sorted set', 'ZADD', '1', 'x'),
  typed('a stream', 'XADD', '*', 'field', 'x'),
];

function nested(open: string, inside: string, close: string): string {
  return open.repeat(LEVELS) + inside + close.repeat(LEVELS);
}

/** Arrays of one in one another, as v8 writes them. */
function deepV8(): Buffer {
  const version = serialize(null).subarray(0, 2);
  const text = nested('A\x01', '_', '$\x00\x01');
  return Buffer.concat([version, Buffer.from(text, 'latin1')]);
}

function manyTags(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `#${i}`);
}

/** A gigabyte of nothing, squeezed. */
async function squeezed(squeezer: Transform): Promise<Buffer> {
  const parts: Buffer[] = [];
  squeezer.on('data', (part: Buffer) => parts.push(part));
  const ended = new Promise((resolve) => squeezer.once('end', resolve));
  const zeros = Buffer.alloc(16 * MEGABYTE);
  for (let i = 0; i < 64; i++) await new Promise((resolve) => squeezer.write(zeros, resolve));
  squeezer.end();
  await ended;
  return Buffer.concat(parts);
}
