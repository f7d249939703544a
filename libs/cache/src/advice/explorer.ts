import type { DiscoveryService } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { CacheError } from '../contracts/errors.js';
import type { DecoratedMethod } from '../contracts/operations.js';
import { GATEWAY_PROPERTY, decoratedMethodOf } from '../contracts/operations.js';
import type { MethodAdvice } from './method-advice.js';

/**
 * Goes through every provider and controller at boot: compiles the plans of decorated methods, so that wrong options stop
 * the boot, and hands the gateway to instances that Nest did not construct.
 */
export class Explorer {
  readonly #adopted: object[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly advice: MethodAdvice,
  ) {}

  /** @throws CacheError that names class and method. */
  explore(): void {
    try {
      for (const wrapper of [...this.discovery.getProviders(), ...this.discovery.getControllers()])
        this.#visit(wrapper);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  #visit(wrapper: InstanceWrapper): void {
    const instances = instancesOf(wrapper);
    const prototype = prototypeOf(wrapper, instances[0]);
    if (prototype === undefined) return;
    const methods = decoratedMethods(prototype);
    if (methods.length === 0) return;
    const isStatic = wrapper.isDependencyTreeStatic();
    for (const method of methods) {
      this.advice.plan(method, prototype);
      if (!isStatic) assertExplicitKey(method);
    }
    if (!isStatic) return;
    for (const instance of instances) this.#adopt(instance, methods);
  }

  /** Instances from `useFactory` and `useValue` come without the gateway that Nest sets on those it constructs. */
  #adopt(instance: object, methods: readonly DecoratedMethod[]): void {
    const gateway: unknown = Reflect.get(instance, GATEWAY_PROPERTY);
    if (gateway === this.advice) return;
    const names = methods.map(({ name }) => name).join(', ');
    if (gateway !== undefined) {
      throw new CacheError(
        'INVALID_DECORATOR',
        `${names}: this instance is in another application that runs, and one instance cannot have two caches; make one for each with useFactory`,
      );
    }
    if (!Reflect.set(instance, GATEWAY_PROPERTY, this.advice)) {
      throw new CacheError(
        'INVALID_DECORATOR',
        `${names}: this instance comes from useFactory or useValue and takes no new property (frozen?), so its methods cannot be cached`,
      );
    }
    this.#adopted.push(instance);
  }

  /** Takes the gateway back from the instances that got it here: another application may be given them. */
  release(): void {
    for (const instance of this.#adopted.splice(0)) Reflect.deleteProperty(instance, GATEWAY_PROPERTY);
  }
}

/** What a provider has come to so far; a transient one may have an instance for each that injects it. */
function instancesOf(wrapper: InstanceWrapper): object[] {
  const instances: unknown[] = wrapper.isTransient
    ? wrapper.getStaticTransientInstances().map((host) => host?.instance as unknown)
    : [wrapper.instance];
  return instances.filter((instance) => typeof instance === 'object' && instance !== null);
}

function prototypeOf(wrapper: InstanceWrapper, instance: object | undefined): object | undefined {
  if (instance !== undefined) return (Object.getPrototypeOf(instance) as object | null) ?? undefined;
  const { metatype } = wrapper;
  return typeof metatype === 'function' ? (metatype.prototype as object | undefined) : undefined;
}

/** The decorated methods an instance with this prototype has, each once: an override hides what it overrides. */
function decoratedMethods(prototype: object): DecoratedMethod[] {
  const seen = new Set<string | symbol>();
  const found: DecoratedMethod[] = [];
  for (
    let at: object | null = prototype;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    for (const property of Reflect.ownKeys(at)) {
      if (seen.has(property)) continue;
      seen.add(property);
      const method = decoratedMethodOf(Object.getOwnPropertyDescriptor(at, property)?.value);
      if (method !== undefined) found.push(method);
    }
  }
  return found;
}

/** The result of a method of a request-scoped class may depend on the request, which no argument shows. */
function assertExplicitKey(method: DecoratedMethod): void {
  for (const { kind, options } of method.operations) {
    if ((kind !== 'cacheable' && kind !== 'put' && kind !== 'behind') || options.key !== undefined) continue;
    throw new CacheError(
      'INVALID_DECORATOR',
      `${method.name} belongs to a request-scoped class, so its result may depend on the request; give @Cacheable, @CachePut and @WriteBehind a key that names all it depends on`,
    );
  }
}
