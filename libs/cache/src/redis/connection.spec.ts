import { describe, expect, test } from '@jest/globals';
import { RedisServer } from '../../../../test/support/redis-server.js';
import type { RedisTarget } from './connection.js';
import { assertMaster, createConnection, duplicateConnection, placeOf, retryDelay } from './connection.js';

describe('the pause before the next attempt to connect', () => {
  test('doubles from 50 ms up to 2 s', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 8, 100, 1e6].map((attempt) => retryDelay(attempt, () => 1));
    expect(longest).toEqual([50, 100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000, 2_000]);
  });

  test('is less by up to a half, by chance, so that a fleet does not return at once', () => {
    expect(retryDelay(4, () => 0)).toBe(200);
    expect(retryDelay(4, () => 0.5)).toBe(300);
    const delays = Array.from({ length: 1_000 }, () => retryDelay(7));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...delays)).toBeLessThanOrEqual(2_000);
    expect(new Set(delays).size).toBeGreaterThan(100);
  });
});

describe('a connection', () => {
  const sentinels = [{ host: '127.0.0.1', port: 26_379 }];

  test('to sentinels asks them for the master by its name', () => {
    const { options } = createConnection({ sentinels, sentinelName: 'nut' });
    expect(options).toMatchObject({ sentinels, name: 'nut', enableTLSForSentinelMode: false });
  });

  test.each<{ what: string; said: RedisTarget; tls: object }>([
    { what: 'true', said: { tls: true }, tls: {} },
    { what: 'an authority', said: { tls: { ca: 'pem' } }, tls: { ca: 'pem' } },
    {
      what: 'several',
      said: { tls: { ca: ['a', 'b'], servername: 'oak' } },
      tls: { ca: ['a', 'b'], servername: 'oak' },
    },
    { what: 'a URL', said: { url: 'rediss://:secret@127.0.0.1' }, tls: {} },
  ])('with TLS ($what) speaks it to the sentinels and to the server they lead to', ({ said, tls }) => {
    const { options } = createConnection({ sentinels, sentinelName: 'nut', ...said });
    expect(options).toMatchObject({ tls, sentinelTLS: tls, enableTLSForSentinelMode: true });
  });

  test.each<RedisTarget>([{ host: 'oak' }, { host: 'oak', tls: false }, { url: 'redis://oak' }])(
    'speaks no TLS unless it is told to: %j',
    (target) => {
      expect(createConnection(target).options.tls).toBeUndefined();
    },
  );

  test('is duplicated with all its options and scripts, and not opened', () => {
    const first = createConnection({ host: '127.0.0.1', port: 1, username: 'app', db: 3 });
    const second = duplicateConnection(first);
    expect(second.status).toBe('wait');
    expect(second.options).toEqual(first.options);
    expect(Object.keys(second).filter((name) => name.startsWith('nuthatch_'))).toEqual(
      Object.keys(first).filter((name) => name.startsWith('nuthatch_')),
    );
    expect('nuthatch_evict' in second).toBe(true);
  });

  test('is nowhere in particular unless sentinels led to it', () => {
    expect(placeOf(createConnection({ host: '127.0.0.1', port: 1 }))).toBe('');
  });
});

describe('a connection for listening', () => {
  test('is refused where sentinels led to a replica, and only there', async () => {
    const [master, replica] = await RedisServer.startAll([{}, {}]);
    await replica?.command('REPLICAOF', '127.0.0.1', String(master?.port));
    const to = async (url = '', bySentinels = true) => {
      const redis = createConnection({ url }, { protocol: 2 });
      await redis.connect();
      if (bySentinels) Object.assign(redis.options, { sentinels: [] });
      await assertMaster(redis).finally(() => redis.disconnect());
    };
    await expect(to(replica?.url)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    await to(master?.url);
    await to(replica?.url, false);
    await master?.command('ACL', 'SETUSER', 'default', '-hello');
    await to(master?.url);
    await Promise.all([master?.stop(), replica?.stop()]);
  });
});
