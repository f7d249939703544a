import { afterEach, describe, expect, it } from '@jest/globals';
import { CacheModule, isCacheError } from 'nuthatch';
import { LogBook, boot, closeAll } from '../support/app.js';
import { AUTHORITY, CLIENT_KEY } from '../support/certificates.js';
import { restoreEnvironment, setEnvironment } from './environment.js';

restoreEnvironment();
afterEach(closeAll);

const SECRET = 'hunter2-hunter2';
const STRATEGIES =
  'strategies must be an array of strategy classes, or of { use: class, ttl: { region: duration } }';

async function refusal(cache: unknown): Promise<string> {
  try {
    await boot({ cache: cache as never });
  } catch (error) {
    if (!isCacheError(error)) throw error;
    expect(error.code).toBe('INVALID_OPTION');
    // what a process prints when it ends with this error
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain(SECRET);
    return error.message;
  }
  throw new Error('it booted');
}

const DURATION = "must be a duration: milliseconds, or text such as '250ms', '5s', '5m', '1h', '7d'";
const atLeast = (ms: number) => DURATION.replace('duration', `duration of at least ${ms} ms`);
const NAME = "must be 1 to 50 letters, digits, '.', '-' or '_'";
const OBJECT = 'must be an object';
const FLAG = 'must be a boolean value';
const PEM = 'must be text or a Buffer in PEM';
const READABLE = 'must have certificates and a key that can be read and belong together';
const HIDDEN = 'a value that is not shown';
const URL = 'must be a URL that starts with redis://, rediss:// or unix://';

/** Options, the name in the message, what it says it got, what it says is allowed. */
const BAD: readonly [options: object, name: string, got: string, allowed: string][] = [
  [{ prefix: 'with space' }, 'prefix', '"with space"', NAME],
  [{ maintenance: { every: 10 } }, 'maintenance.every', '10', atLeast(1_000)],
  [{ maintenance: { enabled: 1 } }, 'maintenance.enabled', '1', FLAG],
  [{ maintenance: 'no' }, 'maintenance', '"no"', 'must be true, false or an object'],
  [{ prefix: '' }, 'prefix', '""', NAME],
  [{ prefix: 5 }, 'prefix', '5', NAME],
  [{ prefix: null }, 'prefix', 'null', NAME],
  [
    { version: -1 },
    'version',
    '-1',
    "must be a number, a text of letters, digits, '.', '-' and '_', or false",
  ],
  [{ version: true }, 'version', 'true', 'or false for keys without a version'],
  [{ version: 'a:b' }, 'version', '"a:b"', 'must be a number, a text of letters'],
  [{ alsoEvict: 1 }, 'alsoEvict', '1', 'must be an array of versions'],
  [{ alsoEvict: [1, {}] }, 'alsoEvict', '[1,{}]', 'must be an array of versions'],
  [{ defaultTtl: '5 minutes' }, 'defaultTtl', '"5 minutes"', atLeast(1)],
  [{ defaultTtl: 0 }, 'defaultTtl', '0', atLeast(1)],
  [{ defaultTtl: NaN }, 'defaultTtl', 'null', atLeast(1)],
  [{ defaultTtl: null }, 'defaultTtl', 'null', atLeast(1)],
  [{ memory: 100 }, 'memory', '100', OBJECT],
  [{ memory: [] }, 'memory', '[]', OBJECT],
  [{ warming: true }, 'warming', 'true', OBJECT],
  [
    { warming: { atBoot: 'later' } },
    'warming.atBoot',
    '"later"',
    'must be one of the following values: true, false, background, before-ready',
  ],
  [{ warming: { concurrency: 0 } }, 'warming.concurrency', '0', 'must not be less than 1'],
  [{ warming: { regions: [7] } }, 'warming.regions', '[7]', 'must be an array of region objects and names'],
  [{ memory: { maxItems: 0 } }, 'memory.maxItems', '0', 'must not be less than 1'],
  [{ memory: { maxItems: 1.5 } }, 'memory.maxItems', '1.5', 'must be an integer number'],
  [{ memory: { maxBytes: 10 } }, 'memory.maxBytes', '10', 'must not be less than 1024'],
  [{ codec: 'xml' }, 'codec', '"xml"', 'must be one of the following values: json, msgpack, v8'],
  [{ compression: 'yes' }, 'compression', '"yes"', FLAG],
  [{ compressionThreshold: -1 }, 'compressionThreshold', '-1', 'must not be less than 0'],
  [{ maxValueBytes: 0 }, 'maxValueBytes', '0', 'must not be less than 1'],
  [{ maxStaleness: 50 }, 'maxStaleness', '50', atLeast(100)],
  [{ outageTtl: -1 }, 'outageTtl', '-1', DURATION],
  [{ redisBudget: '0ms' }, 'redisBudget', '"0ms"', atLeast(1)],
  [{ leaseTtl: '1ms' }, 'leaseTtl', '"1ms"', atLeast(100)],
  [{ leaseWait: 'long' }, 'leaseWait', '"long"', DURATION],
  [{ maxWrite: {} }, 'maxWrite', '{}', atLeast(1)],
  [{ maxCommandsInFlight: 0 }, 'maxCommandsInFlight', '0', 'must not be less than 1'],
  [{ shutdownGrace: 'soon' }, 'shutdownGrace', '"soon"', DURATION],
  [{ http: 'on' }, 'http', '"on"', FLAG],
  [{ regions: ['community'] }, 'regions', '["community"]', 'must be an array of regions'],
  [{ monitoring: 'on' }, 'monitoring', HIDDEN, 'must be true, false or an object'],
  [{ monitoring: { stats: 1 } }, 'monitoring.stats', '1', FLAG],
  [{ monitoring: { public: 'no' } }, 'monitoring.public', '"no"', FLAG],
  [{ monitoring: { token: SECRET } }, 'monitoring.token', HIDDEN, 'must have at least 16 characters'],
  [{ monitoring: { guards: [{}] } }, 'monitoring.guards', '[{}]', 'must be an array of guard classes'],
  [{ redis: `redis://:${SECRET}@localhost` }, 'redis', HIDDEN, OBJECT],
  [{ redis: [] }, 'redis', HIDDEN, OBJECT],
  [{ redis: null }, 'redis', HIDDEN, OBJECT],
  [{ redis: { url: `localhost/${SECRET}` } }, 'redis.url', HIDDEN, URL],
  [{ redis: { url: `redis://:${SECRET}@localhost:port` } }, 'redis.url', HIDDEN, URL],
  [{ redis: { url: `redis://:${SECRET}%@localhost` } }, 'redis.url', HIDDEN, URL],
  [{ redis: { url: `redis://:${SECRET}@localhost/cache` } }, 'redis.url', HIDDEN, URL],
  [{ redis: { host: '' } }, 'redis.host', '""', 'should not be empty'],
  [{ redis: { port: 0 } }, 'redis.port', '0', 'must not be less than 1'],
  [{ redis: { port: 65_536 } }, 'redis.port', '65536', 'must not be greater than 65535'],
  [{ redis: { port: '6379' } }, 'redis.port', '"6379"', 'must be an integer number'],
  [{ redis: { password: { text: SECRET } } }, 'redis.password', HIDDEN, 'must be a string'],
  [{ redis: { db: -1 } }, 'redis.db', '-1', 'must not be less than 0'],
  [{ redis: { tls: 'yes' } }, 'redis.tls', HIDDEN, 'must be true, false or an object'],
  [{ redis: { tls: null } }, 'redis.tls', HIDDEN, 'must be true, false or an object'],
  [{ redis: { tls: { ca: SECRET } } }, 'redis.tls.ca', HIDDEN, PEM],
  [{ redis: { tls: { ca: [] } } }, 'redis.tls.ca', HIDDEN, PEM],
  [{ redis: { tls: { ca: 5 } } }, 'redis.tls.ca', HIDDEN, PEM],
  [{ redis: { tls: { servername: '' } } }, 'redis.tls.servername', '""', 'should not be empty'],
  [{ redis: { tls: { rejectUnauthorized: 'no' } } }, 'redis.tls.rejectUnauthorized', '"no"', FLAG],
  [{ redis: { tls: { key: CLIENT_KEY } } }, 'redis.tls', HIDDEN, 'must have both cert and key, or neither'],
  [{ redis: { tls: { cert: AUTHORITY, key: CLIENT_KEY } } }, 'redis.tls', HIDDEN, READABLE],
  [{ redis: { tls: { ca: `-----BEGIN ${SECRET}` } } }, 'redis.tls', HIDDEN, READABLE],
  [{ redis: { sentinels: SECRET, sentinelName: 'm' } }, 'redis.sentinels', HIDDEN, 'must be an array'],
  [{ redis: { sentinels: [], sentinelName: 'm' } }, 'redis.sentinels', HIDDEN, 'at least one Sentinel'],
  [{ redis: { sentinelName: 'm' } }, 'redis.sentinels', HIDDEN, 'must be an array of { host, port }'],
  [
    { redis: { sentinels: [{ host: 'a', port: 1 }] } },
    'redis.sentinelName',
    'undefined',
    'must name the master of the sentinels',
  ],
  [
    { redis: { sentinels: [{ host: 'a', port: 'b' }], sentinelName: 'm' } },
    'redis.sentinels.0.port',
    '"b"',
    'must be an integer number',
  ],
  [{ redis: { cluster: [] } }, 'redis.cluster', HIDDEN, 'must name at least one node'],
  [{ redis: { cluster: SECRET } }, 'redis.cluster', HIDDEN, 'must be an array of { host, port }'],
  [{ redis: { cluster: [{ host: 'a' }] } }, 'redis.cluster.0.port', 'undefined', 'must be an integer number'],
  [
    { redis: { url: 'redis://a', cluster: [{ host: 'a', port: 1 }] } },
    'redis.cluster',
    HIDDEN,
    'cannot be combined with url, host, port, db, sentinels, sentinelName',
  ],
  [{ partitions: 'sessions' }, 'partitions', HIDDEN, OBJECT],
  [{ partitions: null }, 'partitions', HIDDEN, OBJECT],
  [{ partitions: { default: { host: 'a' } } }, 'partitions', HIDDEN, "other than 'default'"],
  [{ partitions: { 'a:b': { host: 'a' } } }, 'partitions', HIDDEN, 'must have names of letters'],
  [{ partitions: { sessions: { port: 0 } } }, 'partitions.sessions.port', '0', 'must not be less than 1'],
  [{ partitions: { sessions: SECRET } }, 'partitions.sessions', HIDDEN, 'must be an object'],
  [{ trustPersistence: 'yes' }, 'trustPersistence', '"yes"', FLAG],
];

describe('A bad option stops the boot', () => {
  it.each(BAD)('%j: named %s, with what it got and what is allowed', async (options, name, got, allowed) => {
    const message = await refusal(options);
    expect(message.startsWith(`CacheModule: ${name} got ${got}: `)).toBe(true);
    expect(message).toContain(allowed);
  });

  it.each([
    [{ prefx: 'app' }, 'prefx'],
    [{ redis: { passwd: SECRET } }, 'redis.passwd'],
    [{ memory: { items: 5 } }, 'memory.items'],
    [{ warming: { boot: true } }, 'warming.boot'],
    [{ monitoring: { tokn: SECRET } }, 'monitoring.tokn'],
    [
      { redis: { sentinelName: 'm', sentinels: [{ host: 'a', port: 1, password: SECRET }] } },
      'redis.sentinels.0.password',
    ],
  ])('and so does an option that is none: %j', async (options, name) => {
    expect(await refusal(options)).toBe(`CacheModule: ${name} is no option`);
  });

  it('all of them are named at once', async () => {
    const message = await refusal({ prefix: '', redis: { port: 0 }, http: 1, colour: 'blue' });
    for (const name of ['prefix', 'redis.port', 'http', 'colour']) expect(message).toContain(`${name} `);
  });

  it.each([
    [{ strategies: 'CommunityStrategy' }, STRATEGIES],
    [{ strategies: [{}] }, STRATEGIES],
    [{ health: 'yes' }, 'health must be true or false'],
  ])('what makes providers and routes is checked too: %j', async (options, message) => {
    expect(await refusal(options)).toBe(`CacheModule: ${message}`);
  });

  it('takes every option that is right', async () => {
    const options = {
      prefix: 'app',
      version: 'v1',
      alsoEvict: ['v0', 1],
      defaultTtl: '1h',
      memory: { maxItems: 10, maxBytes: 2_048 },
      warming: { atBoot: true, concurrency: 2, regions: [] },
      codec: 'v8',
      compression: false,
      compressionThreshold: 0,
      maxValueBytes: 100,
      maxStaleness: '1s',
      outageTtl: 0,
      redisBudget: '20ms',
      leaseTtl: '1s',
      leaseWait: 0,
      maxWrite: '5s',
      maxCommandsInFlight: 5,
      shutdownGrace: 0,
      http: false,
      strategies: [],
      regions: [],
      monitoring: { health: true, stats: false, public: false, token: 'x'.repeat(16), guards: [] },
    } as const;
    await expect(boot({ cache: options })).resolves.toHaveProperty('log', expect.any(LogBook));
  });

  it('nothing of it happens in forRoot itself: a module may be declared before it is used', () => {
    expect(() => CacheModule.forRoot({ prefix: 'with space' })).not.toThrow();
  });
});

/** Variable, value, what the message says behind the name. */
const BAD_VARIABLES: readonly [name: string, value: string, message: string][] = [
  ['REDIS_URL', `localhost:6379/${SECRET}`, `got ${HIDDEN}: ${URL}`],
  ['REDIS_URL', `redis://:${SECRET}@localhost:port`, `got ${HIDDEN}: ${URL}`],
  ['REDIS_PORT', 'six', 'got "six": must be a whole number, from 1 to 65535'],
  ['REDIS_PORT', '0', 'got "0": must be a whole number, from 1 to 65535'],
  ['REDIS_PORT', '65536', 'got "65536": must be a whole number, from 1 to 65535'],
  ['REDIS_PORT', '63.79', 'got "63.79": must be a whole number, from 1 to 65535'],
  ['REDIS_CACHE_DB', '-1', 'got "-1": must be a whole number, at least 0'],
  ['REDIS_CACHE_DB', 'cache', 'got "cache": must be a whole number, at least 0'],
  ['REDIS_SENTINELS', 'a:1,b', 'got "b": must be host:port, separated by commas'],
  ['REDIS_SENTINELS', `redis://:${SECRET}@a:1`, `got ${HIDDEN}: must be host:port, separated by commas`],
  ['REDIS_SENTINELS', 'a:0', 'got "a:0": must be host:port, separated by commas'],
  ['CACHE_KEY_PREFIX', 'with space', `got "with space": ${NAME}`],
  ['CACHE_KEY_PREFIX', ':', `got ":": ${NAME}`],
  ['CACHE_DEFAULT_TTL', '5m', 'got "5m": must be a number of seconds, at least 0.001'],
  ['CACHE_DEFAULT_TTL', '0', 'got "0": must be a number of seconds, at least 0.001'],
  ['CACHE_COMPRESSION_THRESHOLD', '-5', 'got "-5": must be a whole number of bytes, at least 0'],
  ['CACHE_COMPRESSION_THRESHOLD', '1k', 'got "1k": must be a whole number of bytes, at least 0'],
  ['CACHE_ENABLE_COMPRESSION', 'maybe', 'got "maybe": must be true or false'],
  ['CACHE_ENABLE_VERSIONING', '2', 'got "2": must be true or false'],
  ['ENABLE_API_CACHE', 'enabled', 'got "enabled": must be true or false'],
  ['CACHE_MONITORING_ENABLED', 'x', 'got "x": must be true or false'],
];

describe('A bad environment variable stops the boot', () => {
  it.each(BAD_VARIABLES)(
    '%s=%j: named, with what it got and what is allowed',
    async (name, value, message) => {
      setEnvironment({ REDIS_SENTINEL_NAME: name === 'REDIS_SENTINELS' ? 'main' : '', [name]: value });
      expect(await refusal(undefined)).toBe(`environment variable ${name} ${message}`);
    },
  );

  it.each([
    [
      { REDIS_CLUSTER_NODES: 'a:7000,b' },
      'REDIS_CLUSTER_NODES got "b": must be host:port, separated by commas',
    ],
    [
      { REDIS_CLUSTER_NODES: 'a:7000', REDIS_URL: 'redis://a' },
      'REDIS_URL cannot be combined with REDIS_CLUSTER_NODES',
    ],
    [
      { REDIS_CLUSTER_NODES: 'a:7000', REDIS_SENTINELS: 'a:26379' },
      'REDIS_SENTINELS cannot be combined with REDIS_CLUSTER_NODES',
    ],
    [
      { REDIS_CLUSTER_NODES: 'a:7000', REDIS_CACHE_DB: '2' },
      'REDIS_CACHE_DB must be 0 with REDIS_CLUSTER_NODES: a Cluster has one database',
    ],
  ])('a Cluster, and what it cannot be combined with: %j', async (variables, message) => {
    setEnvironment(variables);
    expect(await refusal(undefined)).toBe(`environment variable ${message}`);
  });

  it('Sentinels without the name of their master, or a name without Sentinels', async () => {
    setEnvironment({ REDIS_SENTINELS: 'a:26379, b:26379' });
    expect(await refusal(undefined)).toMatch(/variable REDIS_SENTINEL_NAME must name the master/);
    setEnvironment({ REDIS_SENTINELS: '', REDIS_SENTINEL_NAME: 'main' });
    expect(await refusal(undefined)).toMatch(
      /variable REDIS_SENTINEL_NAME is set, but REDIS_SENTINELS.* is not/,
    );
  });

  it('also where an explicit option would win: a deployment that is wrong should know', async () => {
    setEnvironment({ CACHE_DEFAULT_TTL: '5m' });
    expect(await refusal({ defaultTtl: '1m' })).toMatch(/CACHE_DEFAULT_TTL/);
  });
});
