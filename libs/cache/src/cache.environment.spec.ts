import { describe, expect, it } from '@jest/globals';
import { withEnvironment } from './cache.environment.js';

describe('withEnvironment', () => {
  it('says nothing where neither options nor environment say anything', () => {
    expect(withEnvironment({}, { PATH: '/bin' })).toEqual({});
  });

  it.each([
    [{ REDIS_URL: 'rediss://cache:6380/2' }, { redis: { url: 'rediss://cache:6380/2' } }],
    [{ REDIS_HOST: 'cache' }, { redis: { host: 'cache' } }],
    [{ REDIS_PORT: '6380' }, { redis: { port: 6_380 } }],
    [{ REDIS_PASSWORD: ' as it is ' }, { redis: { password: ' as it is ' } }],
    [{ REDIS_CACHE_DB: '0' }, { redis: { db: 0 } }],
    [
      { REDIS_SENTINELS: 'a:26379, [::1]:26380', REDIS_SENTINEL_NAME: 'main' },
      {
        redis: {
          sentinels: [
            { host: 'a', port: 26_379 },
            { host: '[::1]', port: 26_380 },
          ],
          sentinelName: 'main',
        },
      },
    ],
    [{ CACHE_KEY_PREFIX: 'app' }, { prefix: 'app' }],
    [{ CACHE_KEY_PREFIX: 'app::' }, { prefix: 'app' }],
    [{ CACHE_DEFAULT_TTL: '90' }, { defaultTtl: 90_000 }],
    [{ CACHE_DEFAULT_TTL: '0.5' }, { defaultTtl: 500 }],
    [{ CACHE_COMPRESSION_THRESHOLD: '0' }, { compressionThreshold: 0 }],
    [{ CACHE_ENABLE_COMPRESSION: 'off' }, { compression: false }],
    [{ CACHE_ENABLE_COMPRESSION: 'TRUE' }, { compression: true }],
    [{ CACHE_ENABLE_VERSIONING: '0' }, { version: false }],
    [{ CACHE_ENABLE_VERSIONING: '1' }, {}],
    [{ ENABLE_API_CACHE: 'no' }, { http: false }],
    [{ ENABLE_API_CACHE: 'yes' }, { http: true }],
    [{ CACHE_MONITORING_ENABLED: 'false' }, { monitoring: false }],
    [{ CACHE_DEFAULT_TTL: '', REDIS_URL: '', ENABLE_API_CACHE: '' }, {}],
  ])('reads %j', (environment, options) => {
    expect(withEnvironment({}, environment)).toEqual(options);
  });

  it('lets explicit options win, each for itself', () => {
    const environment = { REDIS_HOST: 'from-env', CACHE_KEY_PREFIX: 'env', ENABLE_API_CACHE: 'false' };
    expect(withEnvironment({ redis: { port: 1 }, http: true }, environment)).toEqual({
      redis: { port: 1 },
      prefix: 'env',
      http: true,
    });
  });

  it('takes a redis option without any value for none, as process.env gives it', () => {
    expect(withEnvironment({ redis: { url: undefined } }, {})).toEqual({});
    expect(withEnvironment({ redis: {} }, { REDIS_HOST: 'a' })).toEqual({ redis: { host: 'a' } });
  });

  it('does not change the options it was given', () => {
    const options = Object.freeze({ redis: Object.freeze({ url: undefined }), prefix: 'app' });
    expect(withEnvironment(options, { REDIS_HOST: 'a' })).toEqual({ redis: { host: 'a' }, prefix: 'app' });
  });
});
