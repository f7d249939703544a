import { afterEach, beforeEach } from '@jest/globals';
import { closeAll } from './app.js';
import { FaultyProxy } from './faulty-proxy.js';
import { RedisServer } from './redis-server.js';

/** A Redis of one test, and a proxy that leads to it. */
export interface ProxiedRedis {
  redis: RedisServer;
  proxy: FaultyProxy;
}

/** Gives each test of a file a Redis and a proxy of its own, and closes the applications that used them. */
export function useProxiedRedis(): ProxiedRedis {
  const both = {} as ProxiedRedis;
  beforeEach(async () => {
    both.redis = await RedisServer.start();
    both.proxy = await FaultyProxy.start(both.redis.port);
  });
  afterEach(async () => {
    await closeAll();
    await both.proxy.close();
    await both.redis.stop();
  });
  return both;
}
