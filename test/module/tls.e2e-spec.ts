import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import type { Cluster } from 'ioredis';
import { CacheHealthIndicator, CacheService, InjectCacheRedis } from 'nuthatch';
import type { CacheModuleOptions, RedisTarget } from 'nuthatch';
import { boot, closeAll, isConnected, until } from '../support/app.js';
import type { Running } from '../support/app.js';
import { AUTHORITY, CLIENT_CERTIFICATE, CLIENT_KEY } from '../support/certificates.js';
import { RedisCluster } from '../support/redis-cluster.js';
import { RedisServer } from '../support/redis-server.js';

jest.setTimeout(60_000);

@Injectable()
class Nest {
  constructor(@InjectCacheRedis() readonly redis: Cluster) {}
}

let open: RedisServer;
let closed: RedisServer;

beforeAll(async () => {
  [open, closed] = (await RedisServer.startAll([
    { tls: 'without client certificates' },
    { tls: 'with client certificates' },
  ])) as [RedisServer, RedisServer];
});
afterEach(closeAll);
afterAll(() => Promise.all([open.stop(), closed.stop()]));

const at = ({ tlsPort: port }: RedisServer, tls: RedisTarget['tls']): RedisTarget => ({
  host: '127.0.0.1',
  port,
  ...(tls === undefined ? {} : { tls }),
});
const isUp = async (booted: Running) =>
  (await booted.get(CacheHealthIndicator).isHealthy()).cache.status === 'up';
const options = (redis: RedisTarget): CacheModuleOptions => ({ redis, redisBudget: '5s' });
const ca = AUTHORITY;

describe('over TLS', () => {
  test.each<{ what: string; target: () => RedisTarget; server: () => RedisServer }>([
    { what: 'by host and port', target: () => at(open, { ca }), server: () => open },
    {
      what: 'with several authorities',
      target: () => at(open, { ca: [ca, Buffer.from(ca)] }),
      server: () => open,
    },
    {
      what: 'by a URL that begins with rediss://',
      target: () => ({ url: `rediss://127.0.0.1:${open.tlsPort}`, tls: { ca } }),
      server: () => open,
    },
    {
      what: 'by another name than the one in the certificate',
      target: () => at(open, { ca, servername: 'redis.nuthatch.test' }),
      server: () => open,
    },
    {
      what: 'to whoever answers, where that was asked for',
      target: () => at(open, { rejectUnauthorized: false }),
      server: () => open,
    },
    {
      what: 'with a certificate of our own',
      target: () => at(closed, { ca, cert: CLIENT_CERTIFICATE, key: CLIENT_KEY }),
      server: () => closed,
    },
  ])('values are kept in Redis: $what', async ({ target, server }) => {
    const booted = await boot({ cache: options(target()) });
    await isConnected(booted);
    const cache = booted.get(CacheService);
    expect(await cache.set('seeds', ['oak'], 'acorn')).toBe('confirmed');
    expect(await server().command('KEYS', '*seeds*')).toContain(':v:');
    await until(() => isUp(booted), 'invalidations of others are heard');
    expect(booted.log.warnings).toEqual([]);
  });

  test.each<{ what: string; target: () => RedisTarget; says: string }>([
    {
      what: 'a server that nobody vouches for',
      target: () => ({ url: `rediss://127.0.0.1:${open.tlsPort}` }),
      says: 'SELF_SIGNED_CERT_IN_CHAIN',
    },
    {
      what: 'a server with the certificate of another',
      target: () => at(open, { ca, servername: 'oak.nuthatch.test' }),
      says: 'ERR_TLS_CERT_ALTNAME_INVALID',
    },
  ])('$what is not spoken to, which is said once, and the application serves', async ({ target, says }) => {
    const booted = await boot({ cache: options(target()) });
    const cache = booted.get(CacheService);
    expect(await cache.getOrSet('seeds', ['elm'], () => 'samara')).toBe('samara');
    // two connections fail, in either order: the commands' says why, the channel's what it means
    await until(() => booted.log.warnings.length > 1, 'it says so');
    expect([...booted.log.warnings].sort()).toEqual([
      expect.stringContaining(says),
      expect.stringContaining('(channel disconnected)'),
    ]);
    expect(await open.command('KEYS', '*')).not.toContain('elm');
  });
});

describe('in a Cluster that speaks TLS', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start({ masters: 3, replicasEach: 0, tls: true });
  });
  afterAll(() => cluster.stop());

  test('values are kept, and the client of the user works', async () => {
    const booted = await boot({ cache: options({ cluster: cluster.nodes, tls: { ca } }), providers: [Nest] });
    await isConnected(booted);
    const cache = booted.get(CacheService);
    const keys = Array.from({ length: 20 }, (_, i) => `oak${i}`);
    for (const key of keys) expect(await cache.set('seeds', [key], 'acorn')).toBe('confirmed');
    expect(await booted.get(Nest).redis.set('mine', '1')).toBe('OK');
    await until(() => isUp(booted), 'invalidations of others are heard');
    expect(booted.log.warnings).toEqual([]);
  });
});
