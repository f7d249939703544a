import type { ExecutionContext } from '@nestjs/common';
import { RouteParamsFactory } from '@nestjs/core/router/route-params-factory.js';

/** Nest's numbers for what a handler's parameter is. */
const RESPONSE = 1;
const NEXT = 2;
const QUERY = 4;
const PARAM = 5;
const HOST = 10;

/** Parameters that bring nothing into the answer which the key of a response does not hold anyway. */
const KEYED: readonly unknown[] = [RESPONSE, NEXT, QUERY, PARAM, HOST];

/** What Nest's parameter decorators leave behind. */
interface Declared {
  readonly index: number;
  readonly data?: unknown;
  /** Of decorators made with `createParamDecorator`. */
  readonly factory?: (data: unknown, context: ExecutionContext) => unknown;
}

interface Parameter extends Declared {
  /** Absent for a decorator of the application's own. */
  readonly kind: number | undefined;
}

/**
 * What a handler is given, as its parameters declare it.
 * A header, the session or the current user is no part of a request's URL, but part of what the answer depends on: such a
 * handler's arguments must be looked at before its response may come from the cache.
 */
export class RouteInputs {
  readonly #parameters: readonly Parameter[];
  readonly #params = new RouteParamsFactory();
  readonly #passthrough: boolean;

  constructor(controller: object, property: string | symbol) {
    this.#parameters = parametersOf(controller, property);
    this.#passthrough = Reflect.getMetadata('__responsePassthrough__', controller, property) === true;
  }

  /** The handler answers through the platform's own response; what it returns is not sent. */
  get sendsItself(): boolean {
    return !this.#passthrough && this.#parameters.some(({ kind }) => kind === RESPONSE || kind === NEXT);
  }

  /** The handler is given something that is not in the URL. */
  get beyondUrl(): boolean {
    return this.#parameters.some(({ kind }) => !KEYED.includes(kind));
  }

  /** The arguments as they are before the pipes; `undefined` when one cannot be had, which the handler will find out too. */
  read(context: ExecutionContext): unknown[] | undefined {
    const args = new Array<unknown>(this.#parameters.length).fill(undefined);
    try {
      for (const parameter of this.#parameters) args[parameter.index] = this.#value(parameter, context);
      return args;
    } catch {
      return undefined;
    }
  }

  #value({ kind, data, factory }: Parameter, context: ExecutionContext): unknown {
    const [req, res, next] = context.getArgs<[never, never, never]>();
    if (kind !== undefined) return this.#params.exchangeKeyForValue(kind, data as string, { req, res, next });
    const value: unknown = factory?.(data, context);
    // not awaited: a promise has no canonical form; but when it fails, that must not end the process
    if (value instanceof Promise) value.catch(() => undefined);
    return value;
  }
}

function parametersOf(controller: object, property: string | symbol): Parameter[] {
  const declared = (Reflect.getMetadata('__routeArguments__', controller, property) ?? {}) as Record<
    string,
    Declared
  >;
  return Object.entries(declared).map(([name, one]) => ({
    ...one,
    kind: one.factory === undefined ? Number(name.split(':', 1)[0]) : undefined,
  }));
}
