import type { ExecutionContext } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Engine } from '../cache/engine.js';
import type { RegionRuntime } from '../cache/requests.js';
import { canonicalKey } from '../contracts/canonical-key.js';
import type { Reporter } from '../contracts/events.js';
import type { LoadPolicy } from '../contracts/load-policy.js';
import type { DecoratedMethod, Resolver } from '../contracts/operations.js';
import { decoratedMethodOf } from '../contracts/operations.js';
import type { HttpRequest } from '../http/request.js';
import { fieldText, target } from '../http/request.js';
import { isInjected } from './bound-options.js';
import type { CompiledOperation } from './compiled-operation.js';
import type { MethodAdvice } from './method-advice.js';
import { routePolicy } from './route-policy.js';
import { RouteInputs } from './route-inputs.js';

/** How long and how many keys of answers that could not be stored are remembered: their callers do not wait for each other. */
const UNSTORABLE_MS = 10_000;
const UNSTORABLE_KEYS = 10_000;

/** Handlers whose result is no body: events, a template's data, where to redirect to. */
const OTHER_RESULTS = ['__sse__', '__renderTemplate__', '__redirect__'] as const;

/** What makes a route what it is. */
interface RouteParts {
  readonly method: DecoratedMethod;
  /** Class, handler and version: one URL may lead to several handlers, told apart by a header. */
  readonly identity: string;
  /** Responses have bytes and figures of their own, but share the name, lifetime and tag of the region. */
  readonly region: RegionRuntime;
  readonly cacheable: CompiledOperation;
  readonly inputs: RouteInputs;
  readonly reporter: Reporter;
}

/** A GET handler whose responses are cached. */
export class Route {
  readonly method: DecoratedMethod;
  readonly region: RegionRuntime;
  readonly sync: boolean;
  /** How its loads are treated. */
  readonly policy: LoadPolicy;
  readonly #unstorable = new LRUCache<string, true>({ max: UNSTORABLE_KEYS, ttl: UNSTORABLE_MS });
  readonly #beyondUrl: boolean;
  readonly #asksFirst: boolean;

  constructor(private readonly parts: RouteParts) {
    const { options } = parts.cacheable;
    this.method = parts.method;
    this.region = parts.region;
    this.sync = options.sync !== false;
    this.policy = routePolicy(parts.cacheable.policy);
    this.#beyondUrl = parts.inputs.beyondUrl;
    this.#asksFirst = takesNoArguments(options.condition);
  }

  get tag(): string {
    return this.region.tag;
  }

  /**
   * The key of a request's response: handler, host, path (and with it the parameters), sorted query, and what else the
   * handler is given. Not the entity's key. `undefined`: this request does without the cache.
   */
  keyOf(request: HttpRequest, context: ExecutionContext): string | undefined {
    const unseen = this.#unseen(context);
    if (unseen === undefined) return undefined;
    const { identity, cacheable } = this.parts;
    const { originalUrl, url } = request;
    const { path, query } = target(originalUrl, cacheable.options.query);
    // a middleware may have sent the request elsewhere, by a header that the URL does not show
    const routed = url === originalUrl ? undefined : target(url, cacheable.options.query);
    const parts = [identity, ...hostOf(request), path, query, unseen, routed?.path, routed?.query];
    return canonicalKey(`${this.region.name}!http`, parts);
  }

  /** Whether a result may name tags that the request does not tell. */
  get lateTags(): boolean {
    return this.parts.cacheable.lateTags || this.region.lateTags;
  }

  rememberUnstorable(key: string): void {
    this.#unstorable.set(key, true);
  }

  knownUnstorable(key: string): boolean {
    return this.#unstorable.has(key);
  }

  /** A header that hits would lack. */
  reportUnkept(header: string): void {
    const { method, reporter } = this.parts;
    reporter.once(
      `unkept:${method.name}`,
      `responses of ${method.name} are not kept: while it runs the header ${header} is set, which a hit would lack`,
    );
  }

  /** What the answer depends on beside the URL, as a key: nothing for most handlers; `undefined` where that has no key. */
  #unseen(context: ExecutionContext): string | undefined {
    const { cacheable, inputs } = this.parts;
    if (!this.#beyondUrl) return this.#asksFirst && cacheable.wish([]) !== 'yes' ? undefined : '';
    const args = inputs.read(context);
    if (args === undefined || cacheable.wish(args) !== 'yes') return undefined;
    const outcome = cacheable.keyOf(args);
    if (outcome.kind === 'none') this.#reportUncacheable(outcome.why);
    return outcome.kind === 'key' ? outcome.key : undefined;
  }

  #reportUncacheable(why: string): void {
    const { method, reporter } = this.parts;
    reporter.once(
      `uncacheable:${method.name}`,
      `${method.name} runs without the cache: ${why}; give a key function that names what the result depends on`,
    );
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

  #find(handler: object, controller: { name: string; prototype: unknown }): Route | undefined {
    const method = decoratedMethodOf(handler);
    if (method === undefined || OTHER_RESULTS.some((key) => Reflect.hasMetadata(key, handler)))
      return undefined;
    const { cacheable, isRoute } = this.advice.plan(method, controller.prototype as object);
    if (!isRoute || cacheable === undefined) return undefined;
    const inputs = new RouteInputs(controller, method.property);
    const { reporter } = this.engine.ports;
    if (inputs.sendsItself) {
      const why = 'it sends its response itself (@Res or @Next without passthrough)';
      reporter.once(`uncacheable:${method.name}`, `${method.name} runs without the cache: ${why}`);
      return undefined;
    }
    const version = versionOf(handler, controller);
    const identity = `${controller.name}.${String(method.property)}${version && `@${version}`}`;
    const region = this.engine.regions.responses(cacheable.region);
    return new Route({ method, identity, region, cacheable, inputs, reporter });
  }
}

/** The host that the client named, and where the application trusts its proxies also what they say: it may be in links. */
function hostOf({ headers, protocol = 'http', host = '' }: HttpRequest): [string, string] {
  const named = fieldText(headers.host);
  return [named, host === named && protocol === 'http' ? '' : `${protocol}://${host}`];
}

/** The versions that a handler answers, by its own or its controller's `version`. */
function versionOf(handler: object, controller: object): string {
  const version: unknown =
    Reflect.getMetadata('__version__', handler) ?? Reflect.getMetadata('__version__', controller);
  return (Array.isArray(version) ? version : [version ?? '']).map(String).join();
}

/** A condition that does not look at the call may answer otherwise tomorrow, for a response that is already kept. */
function takesNoArguments(condition: Resolver | undefined): boolean {
  if (typeof condition === 'function') return condition.length === 0;
  return isInjected(condition) && condition.useFactory.length <= condition.inject.length;
}
