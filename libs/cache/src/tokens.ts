import { Inject } from '@nestjs/common';

/** Tokens of what the module provides inside a container. */
export const USER_OPTIONS = Symbol('nuthatch.user-options');
export const RESOLVED_OPTIONS = Symbol('nuthatch.options');
export const CACHE_RUNTIME = Symbol('nuthatch.runtime');
export const CACHE_REPORTER = Symbol('nuthatch.reporter');
export const CACHE_REDIS = Symbol('nuthatch.redis');

/** Injects the ioredis client of the cache; it is `undefined` when there is memory only. */
export const InjectCacheRedis = (): PropertyDecorator & ParameterDecorator => Inject(CACHE_REDIS);
