import { CacheError } from '../contracts/errors.js';
import { LOAD_OPTIONS } from '../contracts/load-policy.js';
import type { CacheOperation, OperationOptions } from '../contracts/operations.js';
import { shown } from '../contracts/shown.js';
import { isInjected } from './bound-options.js';

type Kind = CacheOperation['kind'];

/** What a decorator is called, for people. */
export const DECORATOR_NAMES: Readonly<Record<Kind, string>> = {
  cacheable: '@Cacheable',
  put: '@CachePut',
  behind: '@WriteBehind',
  evict: '@CacheEvict',
  invalidate: '@CacheInvalidate',
  transactional: '@CacheTransactional',
};

const KEYED = ['region', 'key', 'condition'];
const STORING = [...KEYED, 'ttl', 'nullTtl', 'tags', 'resultTags', 'unless'];
const OPTIONS: Readonly<Record<Kind, readonly string[]>> = {
  cacheable: [...STORING, 'sync', 'query', ...LOAD_OPTIONS],
  put: STORING,
  behind: STORING,
  evict: [...KEYED, 'allEntries', 'beforeInvocation', 'strict', 'confirm'],
  invalidate: ['tags', 'resultTags', 'condition', 'beforeInvocation', 'confirm'],
  transactional: ['rolledBack'],
};

const CONFIG_OPTIONS: readonly string[] = ['region', 'ttl', 'nullTtl'];
const FLAGS = ['sync', 'allEntries', 'beforeInvocation', 'strict'] as const;
const FUNCTIONS = ['key', 'condition', 'unless', 'resultTags'] as const;

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
  for (const name of FLAGS)
    assertOne(name, options[name], where, {
      is: (value) => typeof value === 'boolean',
      what: 'true or false',
    });
  for (const name of FUNCTIONS)
    assertOne(name, options[name], where, { is: isResolver, what: 'a function or { inject, useFactory }' });
  assertOne('confirm', options.confirm, where, {
    is: (value) => value === 'replicated',
    what: `'replicated'`,
  });
  const isFunction = (value: unknown) => typeof value === 'function';
  assertOne('rolledBack', options.rolledBack, where, { is: isFunction, what: 'a function' });
  if (options.confirm !== undefined && options.strict === true)
    throw invalid(`confirm of ${where} cannot be combined with strict`);
  if (kind === 'invalidate') assertInvalidates(options, where);
  assertLists(options, where);
}

/** Whether an evict is made in two phases around the method. */
export function isStrict(options: OperationOptions): boolean {
  return options.strict === true && options.allEntries !== true && options.beforeInvocation !== true;
}

/** What an option must be, if it is given. */
interface Rule {
  readonly is: (value: unknown) => boolean;
  readonly what: string;
}

function assertOne(name: string, value: unknown, where: string, { is, what }: Rule): void {
  if (value === undefined || is(value)) return;
  throw invalid(`${name} of ${where} must be ${what}, got ${shown(value)}`);
}

function assertInvalidates({ tags, resultTags, beforeInvocation }: OperationOptions, where: string): void {
  if (tags === undefined && resultTags === undefined)
    throw invalid(`@CacheInvalidate on ${where} needs tags or resultTags`);
  if (resultTags !== undefined && beforeInvocation === true)
    throw invalid(`resultTags of ${where} cannot be known before the invocation`);
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
      `tags of ${where} must be an array of tags, a function or { inject, useFactory }, got ${shown(tags)}`,
    );
  }
  if (query === undefined) return;
  if (!Array.isArray(query) || !query.every((name) => typeof name === 'string'))
    throw invalid(`query of ${where} must be an array of parameter names, got ${shown(query)}`);
}

function isResolver(value: unknown): boolean {
  return typeof value === 'function' || isInjected(value);
}

function invalid(message: string): CacheError {
  return new CacheError('INVALID_OPTION', message);
}
