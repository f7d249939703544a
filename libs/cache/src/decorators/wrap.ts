import { Inject, Optional } from '@nestjs/common';
import { CacheError } from '../contracts/errors.js';
import type { CacheGateway, CacheOperation, DecoratedMethod, Method } from '../contracts/operations.js';
import {
  CACHE_GATEWAY,
  DECORATED_METHOD,
  GATEWAY_PROPERTY,
  decoratedMethodOf,
} from '../contracts/operations.js';

let nextId = 0;

type Owner = DecoratedMethod['owner'];

/**
 * Puts an operation on a method: the first one replaces the method with a wrapper, the others join it.
 * Decorators run from the bottom up, so a later one stands above and comes first.
 */
export function addOperation(target: object, property: string | symbol, operation: CacheOperation): void {
  if (typeof target === 'function') {
    throw new CacheError(
      'INVALID_DECORATOR',
      `${target.name}.${String(property)} is static; cache decorators work on instance methods, for the cache belongs to a container`,
    );
  }
  const owner = target.constructor as Owner;
  const descriptor = Object.getOwnPropertyDescriptor(target, property);
  if (typeof descriptor?.value !== 'function') {
    throw new CacheError('INVALID_DECORATOR', `${owner.name}.${String(property)} is not a method`);
  }
  const known = decoratedMethodOf(descriptor.value);
  if (known !== undefined) {
    known.operations.unshift(operation);
    return;
  }
  const method = describe(target, property, descriptor.value as Method, operation);
  Object.defineProperty(target, property, { ...descriptor, value: wrap(method) });
  injectGateway(target);
}

/** The same for a decorator call: legacy decorators hand over the descriptor that will be defined after they have run. */
export function decorate(
  operation: CacheOperation,
): (target: object, property: string | symbol, descriptor: PropertyDescriptor) => void {
  return (target, property, descriptor) => {
    // earlier decorators may have replaced the value in the descriptor only; what stands on the class must agree
    if (typeof target !== 'function' && typeof descriptor?.value === 'function') {
      Object.defineProperty(target, property, descriptor);
    }
    addOperation(target, property, operation);
    const defined = Object.getOwnPropertyDescriptor(target, property);
    if (defined !== undefined) descriptor.value = defined.value as unknown;
  };
}

function describe(
  target: object,
  property: string | symbol,
  original: Method,
  operation: CacheOperation,
): DecoratedMethod {
  const types: unknown = Reflect.getMetadata('design:paramtypes', target, property);
  const declared = Array.isArray(types) ? types.length : undefined;
  return {
    id: nextId++,
    original,
    operations: [operation],
    owner: target.constructor as Owner,
    property,
    name: `${target.constructor.name}.${String(property)}`,
    // fewer in `length` than declared: defaults or a rest parameter, so more arguments than `length` are meant
    arity: declared === original.length ? declared : undefined,
  };
}

function wrap(method: DecoratedMethod): Method {
  const { original } = method;
  const wrapper = function (
    this: { [GATEWAY_PROPERTY]?: CacheGateway } | undefined,
    ...args: unknown[]
  ): unknown {
    const gateway = this?.[GATEWAY_PROPERTY];
    if (gateway === undefined) return Reflect.apply(original, this, args);
    return gateway.invoke(method, this as object, args);
  };
  copyIdentity(original, wrapper);
  Object.defineProperty(wrapper, DECORATED_METHOD, { value: method });
  return wrapper;
}

/**
 * Gives the wrapper everything others may have put on the original: properties (its name and length among them) and
 * metadata. Without the metadata a guard declared below a cache decorator would be lost, and the route would be open.
 */
function copyIdentity(from: Method, to: Method): void {
  for (const key of Reflect.ownKeys(from)) {
    if (key === 'prototype' || key === 'arguments' || key === 'caller') continue;
    const descriptor = Object.getOwnPropertyDescriptor(from, key);
    if (descriptor !== undefined) Object.defineProperty(to, key, descriptor);
  }
  for (const key of Reflect.getMetadataKeys(from) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, from), to);
  }
}

/** Has Nest set the gateway of its container on every instance of the class that it constructs. */
function injectGateway(target: object): void {
  const injected: unknown = Reflect.getMetadata('self:properties_metadata', target.constructor);
  const has =
    Array.isArray(injected) && injected.some((one: { key?: unknown }) => one.key === GATEWAY_PROPERTY);
  if (has) return;
  Inject(CACHE_GATEWAY)(target, GATEWAY_PROPERTY);
  Optional()(target, GATEWAY_PROPERTY);
}
