import { register } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { MUTANTS } from './mutants.js';

/*
 * Imported before anything else in a process whose library lacks a rule (`node --import`), and by the worker, which asks
 * here whether that came true.
 */

const PATIENCE_MS = 2_000;
const made = new Set<number>();
const name = process.env.CONSISTENCY_MUTANT;

if (name !== undefined) {
  const { port1, port2 } = new MessageChannel();
  port1.on('message', (index: number) => made.add(index));
  port1.unref();
  const library = new URL('.', import.meta.resolve('nuthatch')).href;
  register('./mutation-hooks.js', import.meta.url, {
    data: { name, library, port: port2 },
    transferList: [port2],
  });
}

/**
 * Resolves when every replacement of this process's mutant was made.
 * @throws Error when one was not: a mutant that no longer applies would be found by nobody, and look like a failure to find it.
 */
export async function assertMutated(): Promise<void> {
  if (name === undefined) return;
  const wanted = MUTANTS[name]?.replacements.length ?? 0;
  const deadline = Date.now() + PATIENCE_MS;
  while (made.size < wanted && Date.now() < deadline) await sleep(5);
  if (wanted === 0 || made.size < wanted)
    throw new Error(`of the ${wanted} replacements of the mutant ${name} only ${made.size} were made`);
}
