import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { INestApplication } from '@nestjs/common';
import { VersioningType } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { Figures } from './figures.js';
import { StatsReport } from './stats-report.js';
import { CacheStatsController } from './stats.controller.js';
import type { StatsSource } from './stats.js';
import { ACCESS_OPTIONS, FIGURES, STATS_SOURCE } from './tokens.js';

const SOURCE: StatsSource = {
  redis: () => ({ configured: true, connected: true, breaker: 'closed', commandsInFlight: 0, degraded: [] }),
  servers: { latest: null, refresh: () => Promise.resolve() },
  channel: () => ({ open: true }),
  memory: () => ({ items: 1, bytes: 400, maxItems: 10, maxBytes: 1_000 }),
  warnings: () => ({}),
  writeBehind: { latest: {}, refresh: () => Promise.resolve(), degradedAfterMs: 30_000 },
};

describe.each(['express', 'fastify'] as const)('GET /cache/stats on %s', (platform) => {
  let app: INestApplication;
  let figures: Figures;
  let source: StatsSource;

  beforeEach(async () => {
    figures = new Figures();
    source = { ...SOURCE };
    const testing = await Test.createTestingModule({
      controllers: [CacheStatsController],
      providers: [
        StatsReport,
        { provide: ACCESS_OPTIONS, useValue: {} },
        { provide: FIGURES, useValue: figures },
        { provide: STATS_SOURCE, useValue: source },
      ],
    }).compile();
    app = testing.createNestApplication(platform === 'express' ? new ExpressAdapter() : new FastifyAdapter());
    app.enableVersioning({ type: VersioningType.URI, defaultVersion: '2' });
    await app.listen(0, '127.0.0.1');
  });

  afterEach(() => app.close());

  it('answers the report as JSON that nobody may store, whatever version the routes of the application have', async () => {
    figures.region('community').memoryHit();
    figures.region('community').record({ type: 'loaded', ms: 30, loadMs: 20 });
    const { status, body, headers } = await request(await app.getUrl()).get('/cache/stats');
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(headers['cache-control']).toBe('no-store');
    expect(Object.keys(body)).toEqual(['instance']);
    expect(body.instance).toMatchObject({
      id: figures.id,
      redis: { connected: true },
      memory: { items: 1 },
      values: { requests: 2, hitRate: 0.5 },
      routes: { requests: 0, hitRate: null },
      regions: { community: { requests: 2, tiers: { load: { count: 1, meanMs: 20 } } } },
    });
  });

  it('counts on between two answers', async () => {
    const ask = async (): Promise<unknown> => {
      const { body } = await request(await app.getUrl()).get('/cache/stats');
      return body.instance.totals.requests;
    };
    expect(await ask()).toBe(0);
    figures.region('community').record({ type: 'redis-hit', ms: 1 });
    expect(await ask()).toBe(1);
  });

  it('answers 500 and no reason when the figures cannot be had, and goes on when they can', async () => {
    app.useLogger(false);
    const { memory } = source;
    Object.assign(source, {
      memory: () => {
        throw new Error('redis://user:password@host');
      },
    });
    const failed = await request(await app.getUrl()).get('/cache/stats');
    expect([failed.status, failed.body]).toEqual([
      500,
      { statusCode: 500, message: 'Internal server error' },
    ]);
    Object.assign(source, { memory });
    await request(await app.getUrl())
      .get('/cache/stats')
      .expect(200);
  });
});
