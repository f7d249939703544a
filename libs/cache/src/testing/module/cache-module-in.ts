import type { DynamicModule } from '@nestjs/common';
import { CacheModule } from '../../cache.module.js';
import { CacheError } from '../../contracts/errors.js';

const FOUND_BY_CLASS =
  'no CacheModule.forRoot or forRootAsync stands among the imports of this module, nor of those that it imports';

/**
 * The `CacheModule.forRoot(…)` or `forRootAsync(…)` among the imports of a module, however deep: the object that
 * `overrideModule` must be given. Nest compares modules by identity, so the class `CacheModule` would match nothing, without
 * a word, and the test would run with the real cache.
 * @throws CacheError `INVALID_OPTION` when there is none
 */
export function cacheModuleIn(root: unknown): DynamicModule {
  const found = search(root, new Set());
  if (found !== undefined) return found;
  throw new CacheError('INVALID_OPTION', `cacheModuleIn: ${FOUND_BY_CLASS}`);
}

function search(module: unknown, seen: Set<unknown>): DynamicModule | undefined {
  if (seen.has(module)) return undefined;
  seen.add(module);
  if (isDynamic(module) && module.module === CacheModule) return module;
  for (const imported of importsOf(module)) {
    const found = search(imported, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

function importsOf(module: unknown): readonly unknown[] {
  if (isReference(module)) return [module.forwardRef()];
  if (isDynamic(module)) return [...(module.imports ?? []), ...declared(module.module)];
  return typeof module === 'function' ? declared(module) : [];
}

function declared(type: object): readonly unknown[] {
  return (Reflect.getMetadata('imports', type) as readonly unknown[] | undefined) ?? [];
}

function isDynamic(module: unknown): module is DynamicModule {
  return typeof module === 'object' && module !== null && 'module' in module;
}

function isReference(module: unknown): module is { forwardRef(): unknown } {
  return typeof module === 'object' && module !== null && 'forwardRef' in module;
}
