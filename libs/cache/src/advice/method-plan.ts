import type { Engine } from '../cache/engine.js';
import { guardedRolledBack } from '../cache/rolled-back.js';
import { isRolledBack } from '../cache/units.js';
import { CacheError } from '../contracts/errors.js';
import type { Reporter } from '../contracts/events.js';
import { uncached } from '../contracts/load-context.js';
import type { CacheOperation, DecoratedMethod } from '../contracts/operations.js';
import type { Front } from '../cache/front.js';
import { isSettled, writingBehind } from './behind-advice.js';
import type { CompiledOperation } from './compiled-operation.js';
import { MethodLoad } from './method-load.js';
import { DECORATOR_NAMES, isStrict } from './option-rules.js';
import type { RouteLoad } from './route-scope.js';

type Args = readonly unknown[];

/** Undoes entries after the method (`done` holds its result) or, with `undefined`, before it or after it threw. */
type Undo = (done: { readonly result: unknown } | undefined) => Promise<unknown>;

const NOTHING = () => Promise.resolve();

/** What a plan works with. */
export interface PlanContext {
  readonly engine: Engine;
  readonly reporter: Reporter;
}

/** The compiled operations of one method in one container, and the order in which a call goes through them. */
export class MethodPlan {
  readonly cacheable: CompiledOperation | undefined;
  readonly #before: readonly CompiledOperation[];
  readonly #around: readonly CompiledOperation[];
  readonly #after: readonly CompiledOperation[];
  readonly #behind: readonly CompiledOperation[];
  readonly #transactional: CacheOperation | undefined;
  readonly #plain: boolean;
  /** Where memory may answer by the only argument: nothing but a lookup is to be done, and the argument alone makes the key. */
  readonly front: Front | undefined;

  constructor(
    readonly method: DecoratedMethod,
    operations: readonly CompiledOperation[],
    /** The method handles a route: its response is cached by the interceptor, not its value here. */
    readonly isRoute: boolean,
    private readonly context: PlanContext,
  ) {
    const undoes = operations.filter(({ kind }) => kind === 'evict' || kind === 'invalidate');
    this.cacheable = operations.find(({ kind }) => kind === 'cacheable');
    this.#transactional = method.operations.find(({ kind }) => kind === 'transactional');
    this.#before = undoes.filter(({ options }) => options.beforeInvocation === true);
    this.#around = operations.filter(
      ({ kind, options }) => kind === 'put' || (kind === 'evict' && isStrict(options)),
    );
    this.#after = undoes.filter((one) => !this.#before.includes(one) && !this.#around.includes(one));
    this.#behind = operations.filter(({ kind }) => kind === 'behind');
    this.#plain = [this.#before, this.#around, this.#after, this.#behind].every(({ length }) => length === 0);
    const { cacheable } = this;
    const isUnit = this.#transactional !== undefined;
    const direct =
      this.#plain && !isUnit && !isRoute && cacheable?.keyedByArguments === true && cacheable.region.memory;
    this.front = direct ? context.engine.front(cacheable.region) : undefined;
  }

  /** Runs the method with everything around it. */
  run(self: object, args: Args, route: RouteLoad | undefined): Promise<unknown> {
    if (this.#transactional === undefined) return this.#run(self, args, route);
    const { rolledBack = isRolledBack } = this.#transactional.options;
    const guarded = guardedRolledBack(rolledBack, this.method.name, this.context.reporter);
    return this.context.engine.units.run(() => this.#run(self, args, route), guarded);
  }

  #run(self: object, args: Args, route: RouteLoad | undefined): Promise<unknown> {
    return this.#plain ? this.#value(self, args, route) : this.#guarded(self, args, route);
  }

  /**
   * Evicts before the method as asked, announces writes, runs it, then ends the writes and evicts, also when it threw.
   * What is to be evicted is computed first: where that is impossible the method does not run at all.
   */
  async #guarded(self: object, args: Args, route: RouteLoad | undefined): Promise<unknown> {
    const after = this.#after.map((one) => this.#undoing(one, args));
    const before = this.#before.map((one) => this.#undoing(one, args));
    const around = this.#around.map((one) => this.#writing(one, args));
    const behind = this.#behind.map((one) => writingBehind(this.context.engine, one, args, this.method.name));
    await Promise.all(before.map((undo) => undo(undefined)));
    const writes = await Promise.all(around.map((begin) => begin()));
    try {
      const result = await this.#written(self, args, route);
      for (const write of behind) await write(result);
      await Promise.all([...writes.map((end) => end(result)), ...after.map((undo) => undo({ result }))]);
      return result;
    } catch (error) {
      await Promise.all([...writes.map((end) => end(undefined)), ...after.map((undo) => undo(undefined))]);
      throw error;
    }
  }

  /** What a put is about to store must not be made of cached values that lag behind. */
  #written(self: object, args: Args, route: RouteLoad | undefined): Promise<unknown> {
    const value = () => this.#value(self, args, route);
    return this.#around.length + this.#behind.length === 0
      ? value()
      : this.context.engine.context.load(value);
  }

  /** The method's value: from the cache where it is cacheable, else by running it. */
  #value(self: object, args: Args, route: RouteLoad | undefined): Promise<unknown> {
    if (this.cacheable === undefined) return this.#original(self, args);
    if (this.isRoute) return this.#routeValue(this.cacheable, self, args, route);
    return this.#cachedValue(this.cacheable, self, args);
  }

  #cachedValue(operation: CompiledOperation, self: object, args: Args): Promise<unknown> {
    const { region } = operation;
    const key = operation.wish(args) === 'yes' ? operation.keyOf(args) : undefined;
    if (key?.kind !== 'key') {
      if (key?.kind === 'none') this.#reportUncacheable(key.why);
      return this.#bypass(operation, self, args);
    }
    const { reads } = this.context.engine;
    const front = args.length === 1 ? this.front : undefined;
    const inMemory = front === undefined ? reads.fromMemory(region, key.key) : front.find(args[0], key.key);
    if (inMemory !== undefined) return inMemory;
    const tags = operation.tagsOf(args, key.args);
    if (tags === undefined) return this.#bypass(operation, self, args);
    const wanted = new MethodLoad(operation, key.key, tags);
    wanted.load = () => this.#original(self, args);
    wanted.keep = (value) => operation.keep(value, args, key.args);
    return reads.run(wanted);
  }

  /** A route handler that was reached because its response is not in the cache: tells the load what it depends on. */
  async #routeValue(operation: CompiledOperation, self: object, args: Args, route: RouteLoad | undefined) {
    if (route?.method !== this.method) return this.#original(self, args);
    const told = this.#routeTags(operation, args);
    if (told === undefined) route.decline();
    else {
      await route.tell(told.tags);
      if (!(await isSettled(operation.region, told.tags[0]))) route.decline();
    }
    const result = await this.#original(self, args);
    const keep = operation.keep(result, args, told?.keyArgs ?? args);
    if (keep.kind === 'leave') route.decline();
    else route.keep = keep;
    return result;
  }

  /** A response carries the tag of the entity it was declared with, so that an evict of the entity reaches it. */
  #routeTags(operation: CompiledOperation, args: Args) {
    if (operation.wish(args) !== 'yes') return undefined;
    const key = operation.keyOf(args);
    if (key.kind === 'none') this.#reportUncacheable(key.why);
    if (key.kind !== 'key') return undefined;
    const tags = operation.tagsOf(args, key.args);
    return tags && { tags: [key.key, ...tags], keyArgs: key.args };
  }

  #bypass(operation: CompiledOperation, self: object, args: Args): Promise<unknown> {
    operation.region.recorder.record({ type: 'bypassed' });
    return uncached(() => this.#original(self, args));
  }

  /** Methods that can be cached are asynchronous; one that throws at once still gives a rejected promise. */
  async #original(self: object, args: Args): Promise<unknown> {
    return (await Reflect.apply(this.method.original, self, args)) as unknown;
  }

  /** Prepares an eviction or invalidation for this call. A key that cannot be computed means the whole region: too much is safe. */
  #undoing(operation: CompiledOperation, args: Args): Undo {
    const { invalidations } = this.context.engine;
    const { region, options, kind } = operation;
    const { confirm } = options;
    if (operation.wish(args) === 'no') return NOTHING;
    if (kind === 'invalidate') {
      const tags = operation.ownTags(args) ?? [];
      return (done) => {
        const late = done && operation.ownResultTags(done.result, args);
        return invalidations.invalidateTags([...new Set([...tags, ...(late ?? [])])], confirm);
      };
    }
    const key = options.allEntries === true ? undefined : this.#evictKey(operation, args);
    if (key === undefined) return () => invalidations.clear(region, confirm);
    return () => invalidations.evict(region, [key], confirm);
  }

  /** Prepares a two-phase write: the function begins it and gives the one that ends it with the method's result. */
  #writing(operation: CompiledOperation, args: Args): () => Promise<(result: unknown) => Promise<unknown>> {
    const { writes, invalidations } = this.context.engine;
    const { region, lateTags } = operation;
    const wish = operation.wish(args);
    if (wish === 'no') return () => Promise.resolve(NOTHING);
    const key = this.#evictKey(operation, args);
    if (key === undefined) return () => Promise.resolve(() => invalidations.clear(region));
    const outcome = operation.keyOf(args);
    const keyArgs = outcome.kind === 'key' ? outcome.args : args;
    const tags = operation.tagsOf(args, keyArgs);
    const puts = operation.kind === 'put' && wish === 'yes' && tags !== undefined;
    return async () => {
      const write = await writes.begin({
        region,
        key,
        tags: tags ?? [region.tag],
        lateTags: puts && lateTags,
      });
      return (result) =>
        puts ? writes.commit(write, result, operation.keep(result, args, keyArgs)) : writes.end(write);
    };
  }

  /** @throws CacheError `NO_CANONICAL_KEY`: nobody could say what to evict, and silence would leave it stale. */
  #evictKey(operation: CompiledOperation, args: Args): string | undefined {
    const key = operation.keyOf(args);
    if (key.kind === 'key') return key.key;
    if (key.kind === 'threw') return undefined;
    throw new CacheError(
      'NO_CANONICAL_KEY',
      `${DECORATOR_NAMES[operation.kind]} on ${this.method.name}: ${key.why}; give a key function`,
    );
  }

  #reportUncacheable(why: string): void {
    this.context.reporter.once(
      `uncacheable:${this.method.name}`,
      `${this.method.name} runs without the cache: ${why}; give a key function that names what the result depends on`,
    );
  }
}
