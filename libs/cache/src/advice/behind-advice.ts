import type { Engine } from '../cache/engine.js';
import type { RegionRuntime } from '../cache/requests.js';
import { CacheError } from '../contracts/errors.js';
import type { CompiledOperation } from './compiled-operation.js';
import { DECORATOR_NAMES } from './option-rules.js';

type Args = readonly unknown[];

/**
 * Prepares what `@WriteBehind` does with the result of a call. Its key is computed before the method runs: a write that cannot
 * be named must not seem to have happened.
 * @throws CacheError `NO_CANONICAL_KEY`
 */
export function writingBehind(
  { behind }: Engine,
  operation: CompiledOperation,
  args: Args,
  method: string,
): (result: unknown) => Promise<void> {
  if (operation.wish(args) === 'no') return () => Promise.resolve();
  const key = operation.keyOf(args);
  if (key.kind !== 'key') {
    const why = key.kind === 'threw' ? 'its key function failed' : key.why;
    throw new CacheError(
      'NO_CANONICAL_KEY',
      `${DECORATOR_NAMES.behind} on ${method}: ${why}, so nothing can be written`,
    );
  }
  const { region, lateTags } = operation;
  const tags = operation.tagsOf(args, key.args);
  const known = tags !== undefined;
  return async (result) => {
    const keep = operation.keep(result, args, key.args);
    const write = { region, key: key.key, tags: tags ?? [region.tag], lateTags: known && lateTags };
    await behind.write({
      write,
      args: key.args,
      value: result,
      keep: known ? keep : { kind: 'leave', why: 'declined' },
    });
  };
}

/** Whether the database has the newest value of what a response is made of: a handler that reads it there sees no other. */
export async function isSettled({ behind }: RegionRuntime, key: string | undefined): Promise<boolean> {
  if (behind?.isState !== true || key === undefined) return true;
  return (await behind.newest(key)).kind === 'settled';
}

/** @throws CacheError `WRITE_BEHIND_REGION` for `@CachePut` of a region that is written behind, and `@WriteBehind` of another. */
export function assertWritesBehind({ kind, region }: CompiledOperation, method: string): void {
  const isBehind = region.behind !== undefined;
  if (kind === 'behind' && !isBehind)
    throw new CacheError(
      'WRITE_BEHIND_REGION',
      `${DECORATOR_NAMES.behind} on ${method}: the region '${region.name}' has no writeBehind; say so in its options`,
    );
  if (kind === 'put' && isBehind)
    throw new CacheError(
      'WRITE_BEHIND_REGION',
      `${DECORATOR_NAMES.put} on ${method} would pass by the log of '${region.name}', whose values are written behind: use @WriteBehind`,
    );
}
