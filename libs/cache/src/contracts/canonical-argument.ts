import { className, height, isDense, isPlain } from './prototypes.js';

/*
 * The text of a key, after `region:`, is its arguments joined by `,`, each one a type letter and its content:
 *
 *   s<length>:<text>          string, escaped           d<milliseconds>            Date
 *   n<number>                 number, also n-0, nNaN    a<count>:<item>,<item>     array
 *   i<digits>                 bigint                    o<count>:<length>:<name>=<item>,...  plain object, names sorted
 *   t f z u                   true false null undefined m<count>:<item>=<item>,... Map, in its order
 *   b<class>:<bytes>:<base64> Buffer, view, ArrayBuffer e<count>:<item>,<item>     Set, in its order
 *
 * Counts and lengths make every item end by itself, so two different argument lists never share a text.
 */

const MAX_LEVELS = 32;
/** A bound on the work for one key: items plus characters. It also ends lists that contain one another many times. */
const MAX_COST = 1_000_000;

/** Anything that may need escaping. It also matches both halves of a proper pair, for which `escapeText` then finds nothing to do. */
export const SUSPICIOUS = /[%{}\ud800-\udfff]/;
const ESCAPED = /[%{}]|\p{Surrogate}/gu;

/** Braces would move a key to another slot of a Redis Cluster, and half a surrogate pair has no bytes of its own in UTF-8. */
export function escapeText(text: string): string {
  if (!SUSPICIOUS.test(text)) return text;
  return text.replace(ESCAPED, (found) => {
    const hex = found.charCodeAt(0).toString(16).toUpperCase();
    return hex.length > 2 ? '%u' + hex : '%' + hex;
  });
}

/** A number as text, the sign of zero included. */
export function numberText(value: number): string {
  return value === 0 && 1 / value < 0 ? '-0' : `${value}`;
}

function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

/** The arguments of one call on their way to text. Once a problem is set, the text is worthless. */
export class ArgumentEncoder {
  /** For people; names a class or a kind, never a value. */
  problem: string | undefined;
  private cost = 0;

  /** The text of a value that stands inside `level` others. */
  encode(value: unknown, level: number): string {
    this.spend(1);
    switch (typeof value) {
      case 'string':
        return 's' + this.text(value);
      case 'number':
        return 'n' + numberText(value);
      case 'boolean':
        return value ? 't' : 'f';
      case 'undefined':
        return 'u';
      case 'object':
        return value === null ? 'z' : this.object(value, level);
      case 'bigint':
        return 'i' + value.toString();
      default:
        return this.refuse(`a ${typeof value}`);
    }
  }

  private refuse(problem: string): '' {
    this.problem ??= problem;
    return '';
  }

  private spend(cost: number): void {
    this.cost += cost;
    if (this.cost > MAX_COST) this.refuse('more data than a key is made of');
  }

  private text(value: string): string {
    this.spend(value.length);
    if (this.problem !== undefined) return '';
    const escaped = escapeText(value);
    return escaped.length + ':' + escaped;
  }

  private object(value: object, level: number): string {
    if (level >= MAX_LEVELS) return this.refuse(`more than ${MAX_LEVELS} levels, or a cycle`);
    if (Array.isArray(value)) return this.array(value, level + 1);
    if (isPlain(value)) return this.record(value as Record<string, unknown>, level + 1);
    return this.builtIn(value, level + 1);
  }

  private array(value: readonly unknown[], level: number): string {
    if (height(value) !== 2) return this.refuse(`instance of ${className(value)}`);
    if (value.length > MAX_COST || !isDense(value))
      return this.refuse('an array that is sparse, has properties or is too long');
    return 'a' + value.length + ':' + this.list(value, level);
  }

  private list(items: readonly unknown[], level: number): string {
    let text = '';
    for (let index = 0; index < items.length; index++) {
      if (this.problem !== undefined) return '';
      text += (index === 0 ? '' : ',') + this.encode(items[index], level);
    }
    return text;
  }

  private record(value: Record<string, unknown>, level: number): string {
    if (Object.getOwnPropertySymbols(value).length > 0) return this.refuse('an object with a symbol as key');
    let count = 0;
    let text = '';
    for (const name of Object.keys(value).sort()) {
      const item = value[name];
      if (item === undefined) continue;
      if (this.problem !== undefined) return '';
      text += (count++ === 0 ? '' : ',') + this.text(name) + '=' + this.encode(item, level);
    }
    return 'o' + count + ':' + text;
  }

  private builtIn(value: object, level: number): string {
    if (ArrayBuffer.isView(value)) return this.view(value);
    switch (height(value) === 2 ? kindOf(value) : '') {
      case 'Date':
        return 'd' + Date.prototype.getTime.call(value as Date);
      case 'Map':
        return this.map(value as Map<unknown, unknown>, level);
      case 'Set':
        return (
          'e' + (value as Set<unknown>).size + ':' + this.list([...Set.prototype.values.call(value)], level)
        );
      case 'ArrayBuffer':
        return this.bytes('ArrayBuffer', Buffer.from(value as ArrayBuffer));
      default:
        return this.refuse(`instance of ${className(value)}`);
    }
  }

  private map(value: Map<unknown, unknown>, level: number): string {
    let text = '';
    for (const [key, item] of Map.prototype.entries.call(value)) {
      if (this.problem !== undefined) return '';
      text += (text === '' ? '' : ',') + this.encode(key, level) + '=' + this.encode(item, level);
    }
    return 'm' + value.size + ':' + text;
  }

  private view(value: ArrayBufferView): string {
    const name = Buffer.isBuffer(value) ? 'Buffer' : kindOf(value);
    const expected = name === 'Buffer' ? 4 : name === 'DataView' ? 2 : 3;
    if (height(value) !== expected) return this.refuse(`instance of ${className(value)}`);
    return this.bytes(name, Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  }

  private bytes(name: string, bytes: Buffer): string {
    this.spend(bytes.length);
    return this.problem === undefined ? `b${name}:${bytes.length}:${bytes.toString('base64')}` : '';
  }
}
