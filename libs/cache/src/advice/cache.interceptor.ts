import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { lastValueFrom, of } from 'rxjs';
import type { Engine } from '../cache/engine.js';
import type { LoadRequest, LoadScope } from '../cache/requests.js';
import type { HttpRequest } from '../http/request.js';
import { admission } from '../http/request.js';
import type { MethodAdvice } from './method-advice.js';
import type { Route } from './route.js';
import { Routes } from './route.js';
import type { Exchange, ResponseAdapter } from './route-responder.js';
import { respond, responseView, textType } from './route-responder.js';
import { RouteLoad, routeLoads } from './route-scope.js';
import type { StoredResponse } from './stored-response.js';
import { matches, serialise, storedResponse } from './stored-response.js';

/** Everything that is known about one request to a cached route. */
interface Call extends Exchange {
  readonly route: Route;
  readonly key: string;
  readonly next: CallHandler;
}

/** A response that was made just now, as this caller's handler gave it: not for others. */
class Fresh {
  constructor(
    readonly result: unknown,
    readonly ttlMs: number | undefined,
  ) {}
}

/**
 * Answers GET routes from the cache and keeps what their handlers answer, as serialised bytes.
 * It runs after the guards, so a hit is still authorised, and outside the other interceptors, so what they make of a
 * result is what is kept.
 */
export class CacheInterceptor implements NestInterceptor {
  readonly #routes: Routes;
  readonly #reads: Engine['reads'];

  constructor(
    engine: Engine,
    advice: MethodAdvice,
    private readonly host: HttpAdapterHost,
    private readonly enabled: boolean,
  ) {
    this.#routes = new Routes(engine, advice);
    this.#reads = engine.reads;
  }

  intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    const route = this.enabled && context.getType() === 'http' ? this.#routes.of(context) : undefined;
    if (route === undefined) return next.handle();
    const [request, response] = context.getArgs<[HttpRequest, object]>();
    const admitted = admission(request);
    if (admitted === 'none') {
      route.region.recorder.record({ type: 'bypassed' });
      return next.handle();
    }
    const key = route.keyOf(request);
    const call: Call = { request, response, route, key, next, ownsStatus: route.ownsStatus };
    const inMemory = this.#reads.fromMemory(route.region, key);
    if (inMemory === undefined) return this.#answer(call, admitted === 'full');
    return inMemory.then((stored) => {
      if (matches(request, stored as StoredResponse))
        return of(respond(this.#adapter, call, stored as StoredResponse));
      return this.#answer(call, admitted === 'full');
    });
  }

  get #adapter(): ResponseAdapter {
    return this.host.httpAdapter;
  }

  async #answer(call: Call, mayLoad: boolean): Promise<Observable<unknown>> {
    const { route, key } = call;
    if (!mayLoad) {
      const stored = (await this.#reads.peek(this.#request(call))) as StoredResponse | undefined;
      if (stored === undefined || !matches(call.request, stored)) return call.next.handle();
      return of(respond(this.#adapter, call, stored));
    }
    const answer = await this.#reads.run(this.#request(call));
    if (!(answer instanceof Fresh)) return of(respond(this.#adapter, call, answer as StoredResponse));
    route.rememberUnstorable(key);
    return of(answer.result);
  }

  #request(call: Call): LoadRequest {
    const { route, key, request } = call;
    return {
      region: route.region,
      key,
      tags: [route.tag],
      sync: route.sync && !route.knownUnstorable(key),
      share: 'storable',
      accepts: (value) => matches(request, value as StoredResponse),
      load: (scope) => this.#load(call, scope),
      keep: (value) =>
        value instanceof Fresh
          ? { kind: 'leave', why: 'declined' }
          : route.keep(value, this.#ttl.get(value as object)),
    };
  }

  /** The lifetime of responses that are on their way into the cache. */
  readonly #ttl = new WeakMap<object, number | undefined>();

  /** Runs the handler; gives the response to store, or the result as it is when it must not be stored. */
  async #load(call: Call, scope: LoadScope): Promise<StoredResponse | Fresh> {
    const load = new RouteLoad(call.route.method, scope);
    const result: unknown = await routeLoads.run(load, () =>
      lastValueFrom(call.next.handle(), { defaultValue: undefined }),
    );
    const fresh = new Fresh(result, load.ttlMs);
    if (!load.storable) return fresh;
    const content = serialise(result, textType(this.#adapter));
    if (content === undefined) return fresh;
    const stored = storedResponse(call.request, responseView(this.#adapter, call.response), content);
    if (stored === undefined) return fresh;
    this.#ttl.set(stored, load.ttlMs);
    return stored;
  }
}
