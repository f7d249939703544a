import { CacheError } from '../contracts/errors.js';
import type { CacheOperation, OperationOptions } from '../contracts/operations.js';
import { isInjected } from './bound-options.js';

type Kind = CacheOperation['kind'];

/** What a decorator is called, for people. */
export const DECORATOR_NAMES: Readonly<Record<Kind, string>> = {
  cacheable: '@Cacheable',
  put: '@CachePut',
  evict: '@CacheEvict',
  invalidate: '@CacheInvalidate',
};

const KEYED = ['region', 'key', 'condition'];
const STORING = [...KEYED, 'ttl', 'nullTtl', 'tags', 'unless'];
const OPTIONS: Readonly<Record<Kind, readonly string[]>> = {
  cacheable: [...STORING, 'sync', 'query'],
  put: STORING,
  evict: [...KEYED, 'allEntries', 'beforeInvocation', 'strict'],
  invalidate: ['tags', 'condition', 'beforeInvocation'],
};

const CONFIG_OPTIONS: readonly string[] = ['region', 'ttl', 'nullTtl'];
const FLAGS = ['sync', 'allEntries', 'beforeInvocation', 'strict'] as const;
const FUNCTIONS = ['key', 'condition', 'unless'] as const;

/**
 * Checks what the types of the decorators cannot see: a misspelt name beside a right one, and everything in JavaScript.
 * An option that was silently passed over would mean stale data, `tag` for `tags` for one.
 * @throws CacheError `INVALID_OPTION` that names method and option, what it got and what is allowed.
 */
export function assertOptions({ kind, options }: CacheOperation, where: string): void {
  const known = OPTIONS[kind];
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const list = known.join(', ');
    throw invalid(`${name} of ${where} is no option of ${DECORATOR_NAMES[kind]}; its options are ${list}`);
  }
  for (const name of FLAGS) {
    const value = options[name];
    if (value !== undefined && typeof value !== 'boolean')
      throw invalid(`${name} of ${where} must be true or false, got ${show(value)}`);
  }
  for (const name of FUNCTIONS) {
    const value = options[name];
    if (value !== undefined && !isResolver(value))
      throw invalid(`${name} of ${where} must be a function or { inject, useFactory }, got ${show(value)}`);
  }
  assertLists(options, where);
}

/** @throws CacheError `INVALID_OPTION` for an option that `@CacheConfig` does not have. */
export function assertConfig(config: object, where: string): void {
  const name = Object.keys(config).find((one) => !CONFIG_OPTIONS.includes(one));
  if (name === undefined) return;
  const list = CONFIG_OPTIONS.join(', ');
  throw invalid(`${name}, which holds for ${where}, is no option of @CacheConfig; its options are ${list}`);
}

function assertLists({ tags, query }: OperationOptions, where: string): void {
  if (tags !== undefined && !Array.isArray(tags) && !isResolver(tags)) {
    throw invalid(
      `tags of ${where} must be an array of tags, a function or { inject, useFactory }, got ${show(tags)}`,
    );
  }
  if (query === undefined) return;
  if (!Array.isArray(query) || !query.every((name) => typeof name === 'string'))
    throw invalid(`query of ${where} must be an array of parameter names, got ${show(query)}`);
}

function isResolver(value: unknown): boolean {
  return typeof value === 'function' || isInjected(value);
}

function show(value: unknown): string {
  return String(JSON.stringify(value) ?? typeof value);
}

function invalid(message: string): CacheError {
  return new CacheError('INVALID_OPTION', message);
}
