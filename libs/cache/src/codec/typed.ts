import { height } from '../contracts/prototypes.js';
import type { InstanceType } from '../contracts/region.js';

/** A value whose instances of the region's class have become plain objects. */
export interface Untyped {
  readonly value: unknown;
  /** There was at least one instance: the value must be revived when it comes back. */
  readonly typed: boolean;
}

/**
 * Plain objects in place of an instance of exactly `type`, or of the instances in an array that holds nothing else but
 * `null`. Any other value is left as it is; instances in it are then refused like all others.
 */
export function untype(value: unknown, type: InstanceType<object> | undefined): Untyped {
  if (type === undefined) return { value, typed: false };
  if (isInstance(value, type)) return { value: toPlain(value), typed: true };
  if (Array.isArray(value) && height(value) === 2) return untypeItems(value, type);
  return { value, typed: false };
}

function untypeItems(items: readonly unknown[], type: InstanceType<object>): Untyped {
  const plain: unknown[] = [];
  let typed = false;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (isInstance(item, type)) {
      plain.push(toPlain(item));
      typed = true;
    } else if (item === null) {
      plain.push(null);
    } else {
      return { value: items, typed: false };
    }
  }
  return typed ? { value: plain, typed } : { value: items, typed };
}

/** An instance of a subclass is none: reviving would turn it into its parent. */
function isInstance(value: unknown, type: InstanceType<object>): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === type.prototype;
}

/** Own enumerable properties with strings as names. An entry named `__proto__` becomes an own property like any other. */
function toPlain(instance: object): object {
  return Object.fromEntries(Object.entries(instance));
}
