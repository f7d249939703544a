import { RequestMethod } from '@nestjs/common';
import type { Engine } from '../cache/engine.js';
import { CacheError } from '../contracts/errors.js';
import type { Reporter } from '../contracts/events.js';
import type { CacheGateway, DecoratedMethod } from '../contracts/operations.js';
import { BoundOptions } from './bound-options.js';
import type { Lookup } from './bound-options.js';
import { CompiledOperation } from './compiled-operation.js';
import { MethodPlan } from './method-plan.js';
import { routeLoads } from './route-scope.js';

/** Nest's metadata keys of route handlers, and the methods whose handlers can be cached. */
const ROUTE_METADATA = ['path', 'method'] as const;
const READ_METHODS: readonly unknown[] = [RequestMethod.GET, RequestMethod.HEAD, RequestMethod.ALL];

/** Runs decorated methods of one container: compiles a plan per method and sends each call through it. */
export class MethodAdvice implements CacheGateway {
  readonly #plans: (MethodPlan | undefined)[] = [];

  constructor(
    private readonly engine: Engine,
    private readonly reporter: Reporter,
    private readonly lookup: Lookup,
  ) {}

  invoke(method: DecoratedMethod, self: object, args: unknown[]): Promise<unknown> {
    const plan = this.#plans[method.id] ?? this.plan(method, self);
    if (method.arity !== undefined && args.length > method.arity) args.length = method.arity;
    return plan.run(self, args, plan.isRoute ? routeLoads.getStore() : undefined);
  }

  /**
   * The plan of a method, compiled the first time it is asked for.
   * @throws CacheError for options that are wrong, naming method and option.
   */
  plan(method: DecoratedMethod, instance: object): MethodPlan {
    const known = this.#plans[method.id];
    if (known !== undefined) return known;
    const bound = new BoundOptions(method.name, this.lookup, this.reporter);
    const operations = method.operations.map(
      (one) => new CompiledOperation(one, method, bound, this.engine.regions),
    );
    const wrapper = (instance as Record<string | symbol, unknown>)[method.property];
    const isRoute = isRouteHandler(wrapper);
    const plan = new MethodPlan(method, operations, isRoute, {
      engine: this.engine,
      reporter: this.reporter,
    });
    this.#check(plan, wrapper);
    this.#plans[method.id] = plan;
    return plan;
  }

  #check(plan: MethodPlan, wrapper: unknown): void {
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
      if (typeof cacheable.options.region !== 'object')
        this.engine.regions.claim(cacheable.region.name, method.name);
      return;
    }
    if (READ_METHODS.includes(Reflect.getMetadata('method', wrapper as object))) return;
    throw new CacheError(
      'INVALID_DECORATOR',
      `${method.name} is no GET handler; only responses to GET are cached`,
    );
  }
}

function isRouteHandler(fn: unknown): boolean {
  return typeof fn === 'function' && ROUTE_METADATA.every((key) => Reflect.hasMetadata(key, fn));
}
