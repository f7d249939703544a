/*
 * What an object is, told by its prototypes. It works for objects of any realm (a vm context, a test runner), whose
 * built-in classes are not ours, and it tells a built-in from a class that extends it.
 */

/** How many prototypes are above an object: 1 for `{}`, 2 for `[]`, `Map` or `Date`, 3 for typed arrays, 4 for `Buffer`. */
export function height(value: object): number {
  let levels = 0;
  for (let above = prototypeOf(value); above !== null && levels < 6; above = prototypeOf(above)) levels++;
  return levels;
}

/** Whether an object is plain data: made by `{}`, with no prototype, or with an empty one, as parsers of queries make for speed. */
export function isPlain(value: object): boolean {
  const above = prototypeOf(value);
  if (above === Object.prototype || above === null) return true;
  return prototypeOf(above) === null && (nameOf(above) === 'Object' || Reflect.ownKeys(above).length === 0);
}

/** The name of an object's class, for people. */
export function className(value: object): string {
  const above = prototypeOf(value);
  return (above !== null && nameOf(above)) || 'an unnamed class';
}

/** The name of the class that a prototype belongs to; not read from an instance, which may have a property of that name. */
function nameOf(prototype: object): string | undefined {
  const constructor: unknown = Object.hasOwn(prototype, 'constructor') ? prototype.constructor : undefined;
  const name: unknown = typeof constructor === 'function' ? constructor.name : undefined;
  return typeof name === 'string' ? name : undefined;
}

/**
 * Whether an array has all its elements and no other named property.
 * Names come in ascending order, the indexes first: if as many names as elements end with the last index, none is missing.
 */
export function isDense(value: readonly unknown[]): boolean {
  const names = Object.keys(value);
  return names.length === value.length && (names.length === 0 || names.at(-1) === String(names.length - 1));
}

function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) as object | null;
}
