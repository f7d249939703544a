import type { ChainableCommander, Redis } from 'ioredis';
import { isReply } from './refusals.js';

/**
 * Commands for one server in one write, with their replies; an error that the server answered stands in place of the reply.
 * Rejects with the fault of the connection when there was no answer.
 */
export async function pipelined(
  redis: Redis,
  commands: (pipeline: ChainableCommander) => void,
): Promise<unknown[]> {
  const pipeline = redis.pipeline();
  commands(pipeline);
  const results = (await pipeline.exec()) ?? [];
  return results.map(([error, reply]) => (error === null ? reply : asReply(error)));
}

/** An error as the reply that it is; the fault of a connection is thrown. */
export function asReply(error: unknown): Error {
  if (isReply(error)) return error;
  throw error;
}
