import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A write that was acknowledged. */
export interface Acknowledged {
  readonly key: number;
  readonly value: string;
  readonly version: number;
  readonly via: 'queue' | 'through';
  /** How long the writer waited for it, in milliseconds. */
  readonly ms: number;
  /** When it was acknowledged, in milliseconds since 1970. */
  readonly at: number;
}

/**
 * Where a writer notes what was acknowledged, before anything else: a file, whose lines survive the death of the process (not
 * that of the machine). What was acknowledged to a writer that died before it could note it counts for nothing.
 */
export class AcknowledgementFile {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  add(one: Acknowledged): void {
    writeSync(this.#file, `${JSON.stringify(one)}\n`);
  }
}

/** All that was noted in the files of a folder; a last line that is cut off was not noted. */
export function acknowledgedIn(folder: string): Acknowledged[] {
  return readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Acknowledged),
  );
}
