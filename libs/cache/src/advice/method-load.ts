import type { Keep, LoadRequest, RegionRuntime } from '../cache/requests.js';
import type { LoadPolicy } from '../contracts/load-policy.js';
import type { CompiledOperation } from './compiled-operation.js';

/** A call of a method whose value was not in memory; made for every read from Redis, see `Seat`. */
export class MethodLoad implements LoadRequest {
  readonly region: RegionRuntime;
  readonly sync: boolean;
  readonly share = 'always';
  readonly lateTags: boolean;
  readonly policy: LoadPolicy;

  load!: () => Promise<unknown>;
  keep!: (value: unknown) => Keep;

  constructor(
    operation: CompiledOperation,
    readonly key: string,
    readonly tags: readonly string[],
  ) {
    this.region = operation.region;
    this.sync = operation.options.sync !== false;
    this.lateTags = operation.lateTags;
    this.policy = operation.policy;
  }
}
