import { HttpException } from '@nestjs/common';
import { CacheError } from '../contracts/errors.js';
import type { LoadPolicy } from '../contracts/load-policy.js';
import type { OperationOptions } from '../contracts/operations.js';

/**
 * What has a handler run on when its request is answered. It works on the response of one request, and can do nothing for
 * others once that is sent.
 */
const DETACHED = ['softTimeout', 'completeInBackground', 'eagerRefresh', 'beta'] as const;

/** How a route's responses are loaded: by handlers that somebody waits for. A region's options for others do not count here. */
export function routePolicy(policy: LoadPolicy): LoadPolicy {
  const { failSafe } = policy;
  return {
    ...policy,
    failSafe: failSafe && { ...failSafe, shouldServe: failSafe.shouldServe ?? isServerFault },
    softTimeoutMs: undefined,
    completeInBackground: false,
    eagerRefresh: undefined,
    beta: 0,
    refreshesAhead: false,
  };
}

/** @throws CacheError `INVALID_OPTION` where a route itself asks for what it cannot do. */
export function assertRouteOptions(options: OperationOptions, where: string): void {
  // a soft timeout of 0 is the most there can be of it, a beta of 0 is none
  const isOff = (one: (typeof DETACHED)[number]) =>
    options[one] === false || (one === 'beta' && options.beta === 0);
  const name = DETACHED.find((one) => options[one] !== undefined && !isOff(one));
  if (name === undefined) return;
  throw new CacheError(
    'INVALID_OPTION',
    `${name} of ${where} has a loader run that nobody waits for; a handler works on the response of one request`,
  );
}

/** Not found, not allowed, badly asked: that is the answer, and an old one would be wrong. */
function isServerFault(error: unknown): boolean {
  return !(error instanceof HttpException) || error.getStatus() >= 500;
}
