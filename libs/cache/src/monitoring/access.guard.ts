import type { CanActivate, ExecutionContext, OnModuleInit, Type } from '@nestjs/common';
import {
  ForbiddenException,
  Inject,
  Injectable,
  NotFoundException,
  Scope,
  UnauthorizedException,
} from '@nestjs/common';
import { ContextIdFactory, HttpAdapterHost, ModuleRef } from '@nestjs/core';
import { isObservable, lastValueFrom } from 'rxjs';
import type { AccessOptions, MonitoringOptions } from './access.options.js';
import { carriesToken } from './bearer-token.js';
import { isLocalCaller } from './local-caller.js';
import { ACCESS_OPTIONS } from './tokens.js';

/** What is read of a request; Express and Fastify have it alike, Fastify around the native one. */
interface GuardedRequest {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly socket?: { readonly remoteAddress?: string };
  readonly raw?: { readonly socket?: { readonly remoteAddress?: string } };
}

const HOW_TO_OPEN =
  'This route answers only callers on the same machine, and nobody in production. ' +
  'To open it, give CacheModule one of monitoring.guards, monitoring.token or monitoring.public.';

/**
 * Decides who may see `/cache/*`: whoever passes the `token` and all `guards`, where these are given; without them
 * everybody if `public`, else only callers on the same machine outside production.
 */
@Injectable()
export class CacheAccessGuard implements CanActivate, OnModuleInit {
  readonly #made = new Map<Type<CanActivate>, CanActivate>();

  constructor(
    @Inject(ACCESS_OPTIONS) private readonly options: AccessOptions,
    @Inject(ModuleRef) private readonly modules: ModuleRef,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  /** Makes the guards that no module provides: one that cannot be made stops the boot instead of failing every request. */
  async onModuleInit(): Promise<void> {
    const guards = this.options === false ? [] : (this.options.guards ?? []);
    for (const type of guards) {
      if (this.#scopeOf(type) === undefined) this.#made.set(type, await this.modules.create(type));
    }
  }

  /** @throws NotFoundException when switched off, UnauthorizedException without the token, ForbiddenException otherwise. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const [request, response] = context.getArgs<[GuardedRequest, object]>();
    // Refusals as well: a stored 404 would outlive the restart that opens the route.
    this.host.httpAdapter.setHeader(response, 'Cache-Control', 'no-store');
    if (this.options === false || this.options.stats === false) throw this.#notFound(request);
    return this.#decide(this.options, context);
  }

  async #decide(options: MonitoringOptions, context: ExecutionContext): Promise<boolean> {
    const [request, response] = context.getArgs<[GuardedRequest, object]>();
    const { token, guards = [] } = options;
    if (token !== undefined) this.#checkToken(token, request, response);
    if (!(await this.#pass(guards, context, request))) return false;
    if (token !== undefined || guards.length > 0 || options.public === true) return true;
    if (isLocalCaller(callerOf(request))) return true;
    throw new ForbiddenException(HOW_TO_OPEN);
  }

  #notFound(request: GuardedRequest): NotFoundException {
    const { httpAdapter } = this.host;
    const [method, url] = [
      httpAdapter.getRequestMethod(request),
      httpAdapter.getRequestUrl(request),
    ] as string[];
    return new NotFoundException(`Cannot ${method} ${url}`);
  }

  #checkToken(token: string, request: GuardedRequest, response: object): void {
    if (carriesToken(request.headers.authorization, token)) return;
    this.host.httpAdapter.setHeader(response, 'WWW-Authenticate', 'Bearer');
    throw new UnauthorizedException();
  }

  /** One after the other, as Nest does: a guard may rely on what the one before it found out. */
  async #pass(
    guards: NonNullable<MonitoringOptions['guards']>,
    context: ExecutionContext,
    request: GuardedRequest,
  ): Promise<boolean> {
    for (const type of guards) {
      const guard = await this.#guard(type, request);
      const answer: unknown = await guard.canActivate(context);
      const passed: unknown = isObservable(answer) ? await lastValueFrom(answer) : answer;
      if (passed !== true) return false;
    }
    return true;
  }

  async #guard(type: Type<CanActivate>, request: GuardedRequest): Promise<CanActivate> {
    const made = this.#made.get(type);
    if (made !== undefined) return made;
    if (this.#scopeOf(type) === Scope.DEFAULT) return this.modules.get(type, { strict: false });
    const contextId = ContextIdFactory.getByRequest(request);
    this.modules.registerRequestByContextId(request, contextId);
    return this.modules.resolve(type, contextId, { strict: false });
  }

  /** `undefined`: no module provides the guard. */
  #scopeOf(type: Type<CanActivate>): Scope | undefined {
    try {
      return this.modules.introspect(type).scope;
    } catch {
      return undefined;
    }
  }
}

function callerOf(request: GuardedRequest): Parameters<typeof isLocalCaller>[0] {
  const socket = request.raw?.socket ?? request.socket;
  return { peer: socket?.remoteAddress, headers: request.headers, environment: process.env.NODE_ENV };
}
