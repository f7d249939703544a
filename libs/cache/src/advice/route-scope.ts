import type { Keep, LoadScope } from '../cache/requests.js';
import type { DecoratedMethod } from '../contracts/operations.js';
import { ScopedStorage } from '../contracts/scoped-storage.js';

/**
 * One run of a route handler whose response is to be cached.
 * The interceptor starts it before the pipes have run, so only the decorated method itself, when it is reached, knows
 * the arguments: it tells the load its tags before it goes on, and whether the response may be kept.
 */
export class RouteLoad {
  /** The method said its tags: without them an evict could not reach the response. */
  #told = false;
  #declined = false;
  /** How long the method's result is to be kept, and the tags that only it tells. */
  keep: Keep | undefined;

  constructor(
    readonly method: DecoratedMethod,
    private readonly scope: LoadScope,
  ) {}

  /** Whether the response may be kept. */
  get storable(): boolean {
    return this.#told && !this.#declined;
  }

  async tell(tags: readonly string[]): Promise<void> {
    this.#told = true;
    await this.scope.declare(tags);
  }

  decline(): void {
    this.#declined = true;
  }
}

/** The route load that runs in this asynchronous context; entered only by loads. */
export const routeLoads = new ScopedStorage<RouteLoad>();
