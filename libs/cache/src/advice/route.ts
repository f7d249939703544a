import type { ExecutionContext } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Engine } from '../cache/engine.js';
import { keepFor } from '../cache/keep.js';
import type { Keep, RegionRuntime } from '../cache/requests.js';
import { canonicalKey } from '../contracts/canonical-key.js';
import { CacheError } from '../contracts/errors.js';
import type { DecoratedMethod } from '../contracts/operations.js';
import { decoratedMethodOf } from '../contracts/operations.js';
import type { HttpRequest } from '../http/request.js';
import { target } from '../http/request.js';
import type { MethodAdvice } from './method-advice.js';
import type { MethodPlan } from './method-plan.js';

/** How long and how many keys of answers that could not be stored are remembered: their callers do not wait for each other. */
const UNSTORABLE_MS = 10_000;
const UNSTORABLE_KEYS = 10_000;

/** Handlers whose result is no body: events, a template's data, where to redirect to. */
const OTHER_RESULTS = ['__sse__', '__renderTemplate__', '__redirect__'] as const;

/** What the decorators of a handler say about its responses. */
interface RouteSettings {
  readonly sync: boolean;
  /** Whether the status set by an interceptor is the one that is sent. */
  readonly ownsStatus: boolean;
  readonly query: readonly string[] | undefined;
}

/** A GET handler whose responses are cached. */
export class Route {
  readonly #unstorable = new LRUCache<string, true>({ max: UNSTORABLE_KEYS, ttl: UNSTORABLE_MS });

  constructor(
    readonly method: DecoratedMethod,
    /** Responses have bytes and figures of their own, but share the name, lifetime and tag of the region. */
    readonly region: RegionRuntime,
    private readonly settings: RouteSettings,
  ) {}

  get sync(): boolean {
    return this.settings.sync;
  }

  get ownsStatus(): boolean {
    return this.settings.ownsStatus;
  }

  get tag(): string {
    return this.region.tag;
  }

  /** The key of a request's response: handler, host, path (and with it the parameters), sorted query. Not the entity's key. */
  keyOf(request: HttpRequest): string {
    const { path, query } = target(request.originalUrl, this.settings.query);
    const key = canonicalKey(`${this.region.name}!http`, [
      this.method.name,
      String(request.headers.host ?? ''),
      path,
      query,
    ]);
    if (key === undefined)
      throw new CacheError('NO_CANONICAL_KEY', 'the parts of a request are text and always have a key');
    return key;
  }

  keep(value: unknown, ttlMs: number | undefined): Keep {
    return keepFor(this.region, value, ttlMs);
  }

  rememberUnstorable(key: string): void {
    this.#unstorable.set(key, true);
  }

  knownUnstorable(key: string): boolean {
    return this.#unstorable.has(key);
  }
}

/** The cached routes of a container by their controllers, for controllers that inherit a handler share its function. */
export class Routes {
  readonly #routes = new WeakMap<object, WeakMap<object, Route | 'none'>>();

  constructor(
    private readonly engine: Engine,
    private readonly advice: MethodAdvice,
  ) {}

  of(context: ExecutionContext): Route | undefined {
    const handler = context.getHandler();
    const controller = context.getClass();
    const known = this.#routes.get(controller)?.get(handler);
    if (known !== undefined) return known === 'none' ? undefined : known;
    const route = this.#find(handler, controller);
    const routes = this.#routes.get(controller) ?? new WeakMap<object, Route | 'none'>();
    this.#routes.set(controller, routes.set(handler, route ?? 'none'));
    return route;
  }

  #find(handler: object, controller: { prototype: unknown }): Route | undefined {
    const method = decoratedMethodOf(handler);
    if (method === undefined || OTHER_RESULTS.some((key) => Reflect.hasMetadata(key, handler)))
      return undefined;
    const plan = this.advice.plan(method, controller.prototype as object);
    return plan.isRoute ? this.#route(plan, handler) : undefined;
  }

  #route(plan: MethodPlan, handler: object): Route | undefined {
    const { cacheable, method } = plan;
    if (cacheable === undefined) return undefined;
    const { sync, query } = cacheable.options;
    const ownsStatus = !Reflect.hasMetadata('__httpCode__', handler);
    const region = this.engine.regions.responses(cacheable.region);
    return new Route(method, region, { sync: sync !== false, ownsStatus, query });
  }
}
