import { types } from 'node:util';
import { className, height, isDense, isPlain } from '../contracts/prototypes.js';
import { isBuiltIn } from './built-ins.js';
import { LONE_SURROGATE, MAX_ITEMS, MAX_LEVELS } from './limits.js';

/** What a value is made of, as far as the choice of a codec needs it. */
export interface StorableShape {
  readonly kind: 'storable';
  /** Only what JSON brings back exactly: null, booleans, finite numbers but `-0`, strings, dense arrays, plain objects. */
  readonly data: boolean;
  /** No string and no property name that UTF-8 or MessagePack would change. Only known if it was asked for. */
  readonly portable: boolean;
  /** Has parts that cannot be frozen, such as a Date. */
  readonly mutable: boolean;
}

export type Shape = StorableShape | { readonly kind: 'refused'; readonly reason: string };

/**
 * What a value is made of, or why it cannot be stored. One walk over it, which ends early when its bytes must exceed
 * `maxBytes` in every codec. Throws only what a proxy or a getter of the value throws.
 */
export function classify(value: unknown, maxBytes: number, checkText = false): Shape {
  const walk = new Walk(maxBytes, checkText);
  walk.visit(value, 0);
  if (walk.reason !== undefined) return { kind: 'refused', reason: walk.reason };
  return { kind: 'storable', data: walk.data, portable: checkText && walk.portable, mutable: walk.mutable };
}

class Walk {
  reason: string | undefined;
  data = true;
  portable = true;
  mutable = false;
  private items = 0;
  /** No codec writes fewer bytes: one for each value, one for each character. */
  private bytes = 0;
  private readonly path: object[] = [];

  constructor(
    private readonly maxBytes: number,
    private readonly checkText: boolean,
  ) {}

  visit(value: unknown, level: number): void {
    if (++this.items > MAX_ITEMS) return this.refuse(`more than ${MAX_ITEMS} items`);
    this.spend(1);
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return this.number(value);
      case 'boolean':
        return;
      case 'object':
        if (value !== null) this.object(value, level);
        return;
      case 'undefined':
      case 'bigint':
        this.data = false;
        return;
      default:
        this.refuse(`a ${typeof value}`);
    }
  }

  private refuse(reason: string): void {
    this.reason ??= reason;
  }

  private spend(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.maxBytes) this.refuse(`more than ${this.maxBytes} bytes`);
  }

  private number(value: number): void {
    if (!Number.isFinite(value) || Object.is(value, -0)) this.data = false;
  }

  private text(value: string): void {
    this.spend(value.length);
    // what is refused is not looked at: it may be very long
    if (this.reason !== undefined) return;
    if (this.checkText && this.portable && LONE_SURROGATE.test(value)) this.portable = false;
  }

  private object(value: object, level: number): void {
    if (level >= MAX_LEVELS) return this.refuseDepth();
    if (types.isProxy(value)) return this.refuse('a proxy');
    this.path[level] = value;
    if (Array.isArray(value)) this.array(value, level + 1);
    else if (isPlain(value)) this.record(value, level + 1);
    else this.builtIn(value, level + 1);
  }

  private refuseDepth(): void {
    const isCycle = new Set(this.path).size < this.path.length;
    this.refuse(isCycle ? 'a cycle' : `more than ${MAX_LEVELS} levels`);
  }

  private array(value: readonly unknown[], level: number): void {
    if (height(value) !== 2) return this.refuse(`instance of ${className(value)}`);
    if (value.length > MAX_ITEMS) return this.refuse(`more than ${MAX_ITEMS} items`);
    if (!isDense(value) || Object.getOwnPropertySymbols(value).length > 0) {
      return this.refuse('an array that is sparse or has properties');
    }
    if (hasToJson(value)) this.data = false;
    for (let index = 0; index < value.length && this.reason === undefined; index++)
      this.visit(value[index], level);
  }

  private record(value: object, level: number): void {
    if (hasToJson(value)) this.data = false;
    for (const name of Reflect.ownKeys(value)) {
      if (typeof name === 'symbol') return this.refuse('an object with a symbol as key');
      this.property(name, Object.getOwnPropertyDescriptor(value, name), level);
      if (this.reason !== undefined) return;
    }
  }

  private property(name: string, property: PropertyDescriptor | undefined, level: number): void {
    if (property?.enumerable !== true) return this.refuse('an object with a hidden property');
    if (property.get !== undefined || property.set !== undefined) {
      return this.refuse('an object with a getter or setter');
    }
    // it is written at least once, though not with every object that has it
    if (name.length > this.maxBytes) return this.refuse(`more than ${this.maxBytes} bytes`);
    if (this.checkText && (name === '__proto__' || LONE_SURROGATE.test(name))) this.portable = false;
    this.visit(property.value, level);
  }

  private builtIn(value: object, level: number): void {
    if (types.isPromise(value)) return this.refuse('a Promise');
    if (isStream(value)) return this.refuse(`a stream (${className(value)})`);
    if (!isBuiltIn(value)) return this.refuse(`instance of ${className(value)}`);
    this.data = false;
    this.mutable = true;
    if (types.isAnyArrayBuffer(value) || ArrayBuffer.isView(value)) return this.spend(value.byteLength);
    if (Object.keys(value).length > 0) return this.refuse(`a ${className(value)} with properties`);
    if (types.isMap(value)) this.map(value, level);
    else if (types.isSet(value)) this.set(value, level);
  }

  private map(value: Map<unknown, unknown>, level: number): void {
    for (const [key, item] of Map.prototype.entries.call(value)) {
      if (this.reason !== undefined) return;
      this.visit(key, level);
      this.visit(item, level);
    }
  }

  private set(value: Set<unknown>, level: number): void {
    for (const item of Set.prototype.values.call(value)) {
      if (this.reason !== undefined) return;
      this.visit(item, level);
    }
  }
}

/** JSON calls it instead of reading the object; an own one is refused as a function, this finds a patched prototype. */
function hasToJson(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function';
}

function isStream(value: object): boolean {
  const { pipe, pipeTo, getReader } = value as Record<string, unknown>;
  return typeof pipe === 'function' || typeof pipeTo === 'function' || typeof getReader === 'function';
}
