import { CacheError } from '../contracts/errors.js';
import type { Reporter } from '../contracts/events.js';
import type { InjectedResolver, InjectionToken, Method } from '../contracts/operations.js';
import { UserFault, atOnce, faultOf } from '../contracts/user-fault.js';

/** Looks a provider up in the container. Throws when there is none, or when it is not a singleton. */
export type Lookup = (token: InjectionToken) => unknown;

/** What a guarded function came to: its result, or that it threw (reported already). */
export type Guarded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false };

const FAILED = { ok: false } as const;

/**
 * The user's functions of one decorated method, with their providers bound and an error never getting out: it is reported
 * once with the name of method and option, and the caller decides what then is safe.
 */
export class BoundOptions {
  constructor(
    private readonly method: string,
    private readonly lookup: Lookup,
    private readonly reporter: Reporter,
  ) {}

  /** A function of the call, or `undefined` where the option is absent or is a constant. */
  bind(option: string, resolver: unknown): ((args: readonly unknown[]) => Guarded<unknown>) | undefined {
    const fn = this.#function(option, resolver);
    if (fn === undefined) return undefined;
    return (args) => {
      try {
        return { ok: true, value: answerOf(option, fn(...args)) };
      } catch (error) {
        this.report(option, faultOf(error));
        return FAILED;
      }
    };
  }

  report(option: string, what: string): void {
    this.reporter.once(
      `option:${this.method}:${option}`,
      `${option} of ${this.method} ${what}; the call went on without it`,
    );
  }

  #function(option: string, resolver: unknown): Method | undefined {
    if (typeof resolver === 'function') return resolver as Method;
    if (!isInjected(resolver)) return undefined;
    const providers = resolver.inject.map((token) => this.#provider(option, token));
    return (...args: unknown[]) => resolver.useFactory(...providers, ...args);
  }

  #provider(option: string, token: InjectionToken): unknown {
    try {
      return this.lookup(token);
    } catch (cause) {
      const name = typeof token === 'function' ? token.name : String(token);
      throw new CacheError(
        'INVALID_DECORATOR',
        `${option} of ${this.method} injects ${name}, which is no singleton provider`,
        {
          cause,
        },
      );
    }
  }
}

/** Options that answer yes or no. */
const ASKS: readonly string[] = ['condition', 'unless'];

/** @throws UserFault for a promise, and for what is neither yes nor no where that was asked. */
function answerOf(option: string, answer: unknown): unknown {
  const value = atOnce(answer);
  if (typeof value === 'boolean' || !ASKS.includes(option)) return value;
  throw new UserFault('did not return true or false');
}

/** Whether an option is a function with providers. */
export function isInjected(resolver: unknown): resolver is InjectedResolver {
  if (typeof resolver !== 'object' || resolver === null) return false;
  const { inject, useFactory } = resolver as Partial<InjectedResolver>;
  return Array.isArray(inject) && typeof useFactory === 'function';
}
