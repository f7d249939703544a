import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { UsageError } from './arguments.js';

const BYTES_PER_ACCESS = 4;

/**
 * The accesses of a trace: a sequence of 32-bit big-endian integers, each naming an object.
 * A name that ends in `.xz` is unpacked by the `xz` program on the way.
 * @throws UsageError when the file is missing, empty, cut off, or cannot be unpacked.
 */
export async function readTrace(file: string, limit = Number.POSITIVE_INFINITY): Promise<Uint32Array> {
  const present = await stat(file).catch(() => undefined);
  if (!present?.isFile()) throw new UsageError(`--trace: there is no file "${file}".`);
  const bytes = await (file.endsWith('.xz') ? unpack(file, limit) : readStart(file, limit));
  if (bytes.length === 0) throw new UsageError(`--trace: "${file}" holds no access.`);
  return decodeTrace(bytes.subarray(0, Math.min(bytes.length, limit * BYTES_PER_ACCESS)), file);
}

/** The integers of a trace's bytes. @throws UsageError when the last one is cut off. */
export function decodeTrace(bytes: Buffer, name: string): Uint32Array {
  if (bytes.length % BYTES_PER_ACCESS !== 0) {
    throw new UsageError(`--trace: "${name}" has ${bytes.length} bytes; a multiple of 4 is needed.`);
  }
  const accesses = new Uint32Array(bytes.length / BYTES_PER_ACCESS);
  for (let index = 0; index < accesses.length; index += 1) {
    accesses[index] = bytes.readUInt32BE(index * BYTES_PER_ACCESS);
  }
  return accesses;
}

/**
 * The object an access names. Its type stands in the five highest bits; the other 27, an id and an index within it, are
 * the number of a row here: together they identify the object.
 */
export function objectOf(access: number): { type: number; id: number } {
  return { type: access >>> 27, id: access & 0x7ff_ffff };
}

/** The route that reads the object an access names. */
export function objectPath(access: number): string {
  const { type, id } = objectOf(access);
  return `/objects/${type}/${id}`;
}

async function readStart(file: string, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const end = limit * BYTES_PER_ACCESS - 1;
  for await (const chunk of createReadStream(file, { end })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function unpack(file: string, limit: number): Promise<Buffer> {
  const wanted = limit * BYTES_PER_ACCESS;
  const chunks: Buffer[] = [];
  let length = 0;
  let errors = '';
  const xz = spawn('xz', ['--decompress', '--stdout', '--', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  xz.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  xz.stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= wanted) xz.kill();
  });
  return new Promise((resolve, reject) => {
    xz.once('error', (error) => {
      reject(new UsageError(`--trace: the program xz is needed to unpack "${file}" (${error.message}).`));
    });
    xz.once('close', (code) => {
      if (code === 0 || length >= wanted) resolve(Buffer.concat(chunks));
      else
        reject(
          new UsageError(
            `--trace: "${file}" cannot be unpacked: ${errors.trim() || `xz ended with ${code}`}`,
          ),
        );
    });
  });
}
