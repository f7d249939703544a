import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { GatewayTimeoutException } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { lastValueFrom, of } from 'rxjs';
import type { Engine } from '../cache/engine.js';
import type { Keep, LoadRequest, LoadScope } from '../cache/requests.js';
import { isCacheError } from '../contracts/errors.js';
import type { HttpRequest } from '../http/request.js';
import { admission } from '../http/request.js';
import type { HeaderFields } from '../http/response.js';
import { unkeptHeader } from '../http/response.js';
import type { MethodAdvice } from './method-advice.js';
import type { Route } from './route.js';
import { Routes } from './route.js';
import { headersOf, platformOf } from './route-platform.js';
import type { Exchange, ResponseAdapter } from './route-responder.js';
import { respond, responseView } from './route-responder.js';
import { RouteLoad, routeLoads } from './route-scope.js';
import type { StoredResponse } from './stored-response.js';
import { isStoredResponse, matches, serialise, storedResponse } from './stored-response.js';

/** Everything that is known about one request to a cached route. */
interface Call extends Exchange {
  readonly route: Route;
  readonly key: string;
  readonly next: CallHandler;
}

/** A response that was made just now, as this caller's handler gave it: not for others. */
class Fresh {
  constructor(readonly result: unknown) {}
}

/**
 * Answers GET routes from the cache and keeps what their handlers answer, as serialised bytes.
 * It runs after the guards, so a hit is still authorised, and outside the other interceptors, so what they make of a
 * result is what is kept.
 */
export class CacheInterceptor implements NestInterceptor {
  readonly #routes: Routes;
  readonly #reads: Engine['reads'];
  #enabled: boolean;

  constructor(
    engine: Engine,
    advice: MethodAdvice,
    private readonly host: HttpAdapterHost,
    enabled: boolean,
  ) {
    this.#routes = new Routes(engine, advice);
    this.#reads = engine.reads;
    this.#enabled = enabled;
  }

  /** From now on routes are answered by their handlers. */
  disable(): void {
    this.#enabled = false;
  }

  intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    const route = this.#enabled && context.getType() === 'http' ? this.#routes.of(context) : undefined;
    if (route === undefined) return next.handle();
    const [request, response] = context.getArgs<[HttpRequest, object]>();
    const admitted = admission(request);
    const key = admitted === 'none' ? undefined : route.keyOf(request, context);
    if (key === undefined) return bypass(route, next);
    const call: Call = { request, response, route, key, next };
    const inMemory = this.#reads.fromMemory(route.region, key);
    if (inMemory === undefined) return this.#answer(call, admitted === 'full');
    return inMemory.then((stored) => {
      if (matches(request, stored as StoredResponse)) return this.#send(call, stored as StoredResponse);
      return this.#answer(call, admitted === 'full');
    });
  }

  get #adapter(): ResponseAdapter {
    return this.host.httpAdapter;
  }

  #send(call: Call, stored: StoredResponse): Observable<string | undefined> {
    return of(respond(this.#adapter, call, stored));
  }

  async #answer(call: Call, mayLoad: boolean): Promise<Observable<unknown>> {
    const { route, key, request, next } = call;
    const wanted = this.#request(call);
    if (!mayLoad) {
      const stored = (await this.#reads.peek(wanted)) as StoredResponse | undefined;
      return stored === undefined ? bypass(route, next) : this.#send(call, stored);
    }
    let answer = await this.#run(wanted);
    // whoever was joined had asked for another variant
    if (!(answer instanceof Fresh) && !matches(request, answer as StoredResponse))
      answer = await this.#run({ ...wanted, sync: false });
    if (!(answer instanceof Fresh)) return this.#send(call, answer as StoredResponse);
    route.rememberUnstorable(key);
    return of(answer.result);
  }

  async #run(wanted: LoadRequest): Promise<unknown> {
    try {
      return await this.#reads.run(wanted);
    } catch (error) {
      if (isCacheError(error) && error.code === 'LOAD_TIMEOUT')
        throw new GatewayTimeoutException(undefined, { cause: error });
      throw error;
    }
  }

  #request(call: Call): LoadRequest {
    const { route, key, request } = call;
    return {
      region: route.region,
      key,
      tags: [route.tag],
      sync: route.sync && !route.knownUnstorable(key),
      share: 'storable',
      hidesReplaced: true,
      lateTags: route.lateTags,
      policy: route.policy,
      accepts: (value) => isStoredResponse(value) && matches(request, value),
      load: (scope) => this.#load(call, scope),
      keep: (value) =>
        (!(value instanceof Fresh) && this.#keeps.get(value as object)) || { kind: 'leave', why: 'declined' },
    };
  }

  /** How long responses that are on their way into the cache are to be kept. */
  readonly #keeps = new WeakMap<object, Keep>();

  /** Runs the handler; gives the response to store, or the result as it is when it must not be stored. */
  async #load(call: Call, scope: LoadScope): Promise<StoredResponse | Fresh> {
    const load = new RouteLoad(call.route.method, scope);
    const before = headersOf(call.response);
    const result: unknown = await routeLoads.run(load, () => lastValueFrom(call.next.handle()));
    const stored = load.storable ? this.#storable(call, result, before) : undefined;
    if (stored === undefined || load.keep === undefined) return new Fresh(result);
    this.#keeps.set(stored, load.keep);
    return stored;
  }

  #storable(call: Call, result: unknown, before: HeaderFields): StoredResponse | undefined {
    const { request, response, route } = call;
    if (this.#adapter.isHeadersSent(response)) return undefined;
    const { textType, json } = platformOf(this.#adapter.getType());
    const view = responseView(this.#adapter, response);
    const content = serialise(result, view, { textType, json: (value) => json(value, response) });
    const stored = content && storedResponse(request, view, content);
    const unkept = stored && unkeptHeader(before, headersOf(response));
    if (unkept === undefined) return stored;
    route.reportUnkept(unkept);
    return undefined;
  }
}

/** Runs the handler as if there were no cache. */
function bypass(route: Route, next: CallHandler): Observable<unknown> {
  route.region.recorder.record({ type: 'bypassed' });
  return next.handle();
}
