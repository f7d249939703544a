import { RequestMethod } from '@nestjs/common';
import type { Engine } from '../cache/engine.js';
import { CacheError } from '../contracts/errors.js';
import type { Reporter } from '../contracts/events.js';
import type { CacheGateway, CacheOperation, DecoratedMethod } from '../contracts/operations.js';
import { assertWritesBehind } from './behind-advice.js';
import { BoundOptions } from './bound-options.js';
import type { Lookup } from './bound-options.js';
import type { Site } from './compiled-operation.js';
import { CompiledOperation } from './compiled-operation.js';
import { MethodPlan } from './method-plan.js';
import { assertOptions } from './option-rules.js';
import { assertRouteOptions } from './route-policy.js';
import { routeLoads } from './route-scope.js';

/** Nest's metadata keys of route handlers, and the methods whose handlers can be cached. */
const ROUTE_METADATA = ['path', 'method'] as const;
const READ_METHODS: readonly unknown[] = [RequestMethod.GET, RequestMethod.HEAD, RequestMethod.ALL];

interface Planned {
  readonly type: unknown;
  readonly plan: MethodPlan;
}

/** Runs decorated methods of one container: compiles a plan per method and sends each call through it. */
export class MethodAdvice implements CacheGateway {
  /** The plan of each method that was used last, by the method's id: a class and its plan. */
  readonly #last: (Planned | undefined)[] = [];
  readonly #plans = new Map<DecoratedMethod, Map<unknown, MethodPlan>>();

  constructor(
    private readonly engine: Engine,
    private readonly reporter: Reporter,
    private readonly lookup: Lookup,
  ) {}

  /** Never throws: a method that nobody looked at at boot, and whose options are wrong, gives a rejected promise. */
  invoke(method: DecoratedMethod, self: object, args: unknown[]): Promise<unknown> {
    const last = this.#last[method.id];
    if (last === undefined || last.type !== self.constructor) return this.#invokeFirst(method, self, args);
    return this.#run(last.plan, self, args);
  }

  async #invokeFirst(method: DecoratedMethod, self: object, args: unknown[]): Promise<unknown> {
    return this.#run(this.plan(method, self), self, args);
  }

  #run(plan: MethodPlan, self: object, args: unknown[]): Promise<unknown> {
    const { arity } = plan.method;
    if (arity !== undefined && args.length > arity) args.length = arity;
    if (plan.front !== undefined && args.length === 1) {
      const hit = plan.front.hit(args[0]);
      if (hit !== undefined) return hit;
    }
    return plan.run(self, args, plan.isRoute ? routeLoads.current : undefined);
  }

  /**
   * The plan of a method for instances of one class, compiled the first time it is asked for. Classes that inherit a
   * method have a plan each: what a repository's `find` gives depends on which repository it is.
   * @throws CacheError for options that are wrong, naming method and option.
   */
  plan(method: DecoratedMethod, instance: object): MethodPlan {
    const type = instance.constructor;
    const plans = this.#plans.get(method) ?? new Map<unknown, MethodPlan>();
    const plan =
      plans.get(type) ??
      this.#compile({ method, type, name: `${className(type)}.${String(method.property)}` });
    this.#plans.set(method, plans.set(type, plan));
    this.#last[method.id] = { type, plan };
    return plan;
  }

  #compile(site: Site): MethodPlan {
    const { method } = site;
    const { engine, reporter } = this;
    const bound = new BoundOptions(method.name, this.lookup, reporter);
    const compile = (one: CacheOperation) => new CompiledOperation(one, site, bound, engine.regions);
    for (const one of method.operations) assertOptions(one, method.name);
    const operations = method.operations.filter(({ kind }) => kind !== 'transactional').map(compile);
    for (const one of operations) assertWritesBehind(one, method.name);
    const handler: unknown = (method.owner.prototype as Record<string | symbol, unknown>)[method.property];
    const plan = new MethodPlan(method, operations, isRouteHandler(handler), { engine, reporter });
    this.#check(plan, site, handler);
    return plan;
  }

  #check(plan: MethodPlan, site: Site, handler: unknown): void {
    const { method, cacheable } = plan;
    const cacheables = method.operations.filter(({ kind }) => kind === 'cacheable');
    if (cacheables.length > 1) {
      throw new CacheError(
        'INVALID_DECORATOR',
        `${method.name} has ${cacheables.length} @Cacheable; one is the most`,
      );
    }
    if (cacheable === undefined) return;
    if (!plan.isRoute) {
      if (cacheable.byName) this.engine.regions.claim(cacheable.region.name, plan, site.name);
      return;
    }
    assertRouteOptions(cacheable.options, method.name);
    if (READ_METHODS.includes(Reflect.getMetadata('method', handler as object))) return;
    throw new CacheError(
      'INVALID_DECORATOR',
      `${method.name} is no GET handler; only responses to GET are cached`,
    );
  }
}

function isRouteHandler(fn: unknown): boolean {
  return typeof fn === 'function' && ROUTE_METADATA.every((key) => Reflect.hasMetadata(key, fn));
}

/** The name of the nearest class that has one: class decorators like to put one without in front. */
function className(type: object): string {
  let at: object | null = type;
  while (typeof at === 'function' && at.name === '') at = Object.getPrototypeOf(at) as object | null;
  return typeof at === 'function' ? at.name : '';
}
