import { register } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';

/*
 * Imported before anything else in a process whose library lacks a rule (`node --import`), and by the worker, which asks
 * here whether that came true.
 */

/** One text of a compiled file of the library, and what stands in its place. */
export interface Replacement {
  /** Below the library's compiled folder. */
  readonly file: string;
  /** Occurs exactly once. */
  readonly find: string;
  readonly put: string;
}

const VARIABLE = 'LIBRARY_MUTATION';
const PATIENCE_MS = 2_000;
const made = new Set<number>();
const given = process.env[VARIABLE];
const replacements = given === undefined ? [] : (JSON.parse(given) as readonly Replacement[]);

if (replacements.length > 0) {
  const { port1, port2 } = new MessageChannel();
  port1.on('message', (index: number) => made.add(index));
  port1.unref();
  const library = new URL('.', import.meta.resolve('nuthatch')).href;
  register('./mutation-hooks.js', import.meta.url, {
    data: { replacements, library, port: port2 },
    transferList: [port2],
  });
}

/** The environment of a process that loads the library with these replacements. */
export function mutatedBy(wanted: readonly Replacement[] | undefined): Readonly<Record<string, string>> {
  if (wanted === undefined) return {};
  const hook = new URL('./mutation.js', import.meta.url).href;
  return { NODE_OPTIONS: `--import=${hook}`, [VARIABLE]: JSON.stringify(wanted) };
}

/**
 * Resolves when every replacement of this process's mutant was made.
 * @throws Error when one was not: a mutant that no longer applies would be found by nobody, and look like a failure to find it.
 */
export async function assertMutated(): Promise<void> {
  if (given === undefined) return;
  const deadline = Date.now() + PATIENCE_MS;
  while (made.size < replacements.length && Date.now() < deadline) await sleep(5);
  if (made.size === 0 || made.size < replacements.length)
    throw new Error(`of the ${replacements.length} replacements of a mutant only ${made.size} were made`);
}
