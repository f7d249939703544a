import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import type { INestApplication } from '@nestjs/common';
import { Controller, Get, Inject, ServiceUnavailableException } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { CacheHealthController } from './health.controller.js';
import { CacheHealthIndicator } from './health.indicator.js';
import type { RedisState } from './stats.js';
import { STATS_SOURCE } from './tokens.js';

/** A readiness route as a user writes it. */
@Controller('ready')
class ReadyController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(CacheHealthIndicator) private readonly cache: CacheHealthIndicator,
  ) {}

  @Get()
  ready() {
    return this.health.check([() => this.cache.isHealthy('cache', { degradedIsDown: true })]);
  }
}

describe.each(['express', 'fastify'] as const)('GET /health on %s', (platform) => {
  let app: INestApplication;
  let redis: RedisState;

  beforeEach(async () => {
    redis = { configured: true, connected: true, breaker: 'closed', commandsInFlight: 0, degraded: [] };
    const testing = await Test.createTestingModule({
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [CacheHealthController, ReadyController],
      providers: [
        CacheHealthIndicator,
        {
          provide: STATS_SOURCE,
          useValue: {
            redis: () => redis,
            channel: () => ({ open: true }),
            writeBehind: { latest: {}, refresh: () => Promise.resolve(), degradedAfterMs: 30_000 },
          },
        },
      ],
    }).compile();
    app = testing.createNestApplication(platform === 'express' ? new ExpressAdapter() : new FastifyAdapter());
    await app.listen(0, '127.0.0.1');
  });

  afterEach(() => app.close());

  async function ask(path = '/health') {
    const { status, body, headers } = await request(await app.getUrl())
      .get(path)
      .set({ host: 'app.example', 'x-forwarded-for': '203.0.113.9' });
    return { status, body: body as unknown, caching: headers['cache-control'] };
  }

  it('answers everybody with the status and nothing else', async () => {
    expect(await ask()).toEqual({ status: 200, body: { status: 'ok', cache: 'up' }, caching: 'no-store' });
  });

  it('passes while the cache serves without Redis, and hides the reason', async () => {
    redis = { ...redis, connected: false };
    expect(await ask()).toEqual({
      status: 200,
      body: { status: 'ok', cache: 'degraded' },
      caching: 'no-store',
    });
  });

  it('fails when the cache is down', async () => {
    const cache = app.get(CacheHealthIndicator);
    const { isHealthy } = cache;
    cache.isHealthy = ((key: 'cache') =>
      isHealthy.call(cache, key, { degradedIsDown: true })) as CacheHealthIndicator['isHealthy'];
    redis = { ...redis, connected: false };
    expect(await ask()).toEqual({
      status: 503,
      body: { status: 'error', cache: 'down' },
      caching: 'no-store',
    });
  });

  it('fails, and hides why, when the check itself breaks', async () => {
    app.useLogger(false);
    app.get(CacheHealthIndicator).isHealthy = () => {
      throw new Error('redis://user:password@host');
    };
    const { status, body } = await ask();
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('password');
  });

  it('serves in a check of the user, which may call a degraded cache down', async () => {
    expect(await ask('/ready')).toMatchObject({ status: 200, body: { status: 'ok' } });
    redis = { ...redis, breaker: 'open' };
    expect(await ask('/ready')).toMatchObject({ status: 503, body: { error: { cache: { mode: 'redis' } } } });
  });
});

describe('CacheHealthController', () => {
  it('fails while the application shuts down, so that no new traffic comes', async () => {
    const check = () =>
      Promise.reject(
        new ServiceUnavailableException({ status: 'shutting_down', details: { cache: { status: 'up' } } }),
      );
    const controller = new CacheHealthController({ check } as unknown as HealthCheckService, {} as never);
    await expect(controller.check()).rejects.toMatchObject({
      status: 503,
      response: { status: 'shutting_down', cache: 'up' },
    });
  });
});
