import { isPlain } from '../contracts/prototypes.js';
import { MAX_LEVELS } from './limits.js';

/**
 * Freezes plain data to its last level, so that all callers can be given the same object.
 * `false` when it is nested too deep or has a part that cannot be frozen; some of it is frozen then.
 */
export function deepFreeze(value: unknown): boolean {
  return typeof value !== 'object' || value === null || freezeLevel(value, 0);
}

// On the path of every hit from Redis: no closures, no lists of names, no calls for values that are not objects.
function freezeLevel(value: object, level: number): boolean {
  if (level >= MAX_LEVELS) return false;
  if (Array.isArray(value)) {
    if (!freezeItems(value, level + 1)) return false;
  } else if (Object.getPrototypeOf(value) === Object.prototype || isPlain(value)) {
    if (!freezeProperties(value as Record<string, unknown>, level + 1)) return false;
  } else {
    return false;
  }
  Object.freeze(value);
  return true;
}

function freezeItems(value: readonly unknown[], level: number): boolean {
  for (let index = 0; index < value.length; index++) {
    const item = value[index];
    if (typeof item === 'object' && item !== null && !freezeLevel(item, level)) return false;
  }
  return true;
}

function freezeProperties(value: Record<string, unknown>, level: number): boolean {
  for (const name in value) {
    const item = value[name];
    if (typeof item === 'object' && item !== null && !freezeLevel(item, level)) return false;
  }
  return true;
}
