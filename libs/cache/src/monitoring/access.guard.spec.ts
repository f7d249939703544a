import type { CanActivate, ExecutionContext, Type } from '@nestjs/common';
import { Inject, Injectable, Module, Scope } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EMPTY, Observable, of, throwError } from 'rxjs';
import request from 'supertest';
import type { AccessOptions } from './access.options.js';
import { Figures } from './figures.js';
import { StatsReport } from './stats-report.js';
import { CacheStatsController } from './stats.controller.js';
import { ACCESS_OPTIONS, FIGURES, STATS_SOURCE } from './tokens.js';

const TOKEN = 'a-token-of-the-operators';
const SOURCE = {
  redis: () => ({ configured: false, connected: false, breaker: 'closed', commandsInFlight: 0 }),
  servers: { latest: null, refresh: () => Promise.resolve() },
  channel: () => ({ open: true }),
  memory: () => ({ items: 0, bytes: 0, maxItems: 1, maxBytes: 1 }),
  warnings: () => ({}),
  writeBehind: { latest: {}, refresh: () => Promise.resolve(), degradedAfterMs: 30_000 },
};

class Yes implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}
class No implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}
class YesLater implements CanActivate {
  canActivate(): Promise<boolean> {
    return Promise.resolve(true);
  }
}
class NoLater implements CanActivate {
  canActivate(): Promise<boolean> {
    return Promise.resolve(false);
  }
}
class YesObserved implements CanActivate {
  canActivate(): Observable<boolean> {
    return of(false, true);
  }
}
class NoObserved implements CanActivate {
  canActivate(): Observable<boolean> {
    return of(true, false);
  }
}
class Fails implements CanActivate {
  canActivate(): never {
    throw new Error('no');
  }
}

class FailsLater implements CanActivate {
  canActivate(): Promise<boolean> {
    return Promise.reject(new Error('no'));
  }
}
class FailsObserved implements CanActivate {
  canActivate(): Observable<boolean> {
    return throwError(() => new Error('no'));
  }
}
class Silent implements CanActivate {
  canActivate(): Observable<boolean> {
    return EMPTY;
  }
}
class Truthy implements CanActivate {
  canActivate(): boolean {
    return 'yes' as never;
  }
}

@Injectable()
class Secret {
  readonly word = 'seed';
}
/** Has a dependency that only its own module has: it must be the instance of that module. */
@Injectable()
class Provided implements CanActivate {
  constructor(@Inject(Secret) private readonly secret: Secret) {}
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['x-word'] === this.secret.word && context.getHandler().name === 'stats';
  }
}
@Injectable({ scope: Scope.REQUEST })
class PerRequest implements CanActivate {
  constructor(@Inject(REQUEST) private readonly request: { headers: Record<string, string> }) {}
  canActivate(): boolean {
    return this.request.headers['x-word'] === 'scoped';
  }
}
@Injectable()
class Impossible implements CanActivate {
  constructor(@Inject('NOBODY') readonly nobody: unknown) {}
  canActivate(): boolean {
    return true;
  }
}
@Module({ providers: [Secret, Provided, PerRequest] })
class SecurityModule {}

async function create(platform: 'express' | 'fastify', access: AccessOptions): Promise<INestApplication> {
  const testing = await Test.createTestingModule({
    imports: [SecurityModule],
    controllers: [CacheStatsController],
    providers: [
      StatsReport,
      { provide: ACCESS_OPTIONS, useValue: access },
      { provide: FIGURES, useValue: new Figures() },
      { provide: STATS_SOURCE, useValue: SOURCE },
    ],
  }).compile();
  const app = testing.createNestApplication(
    platform === 'express' ? new ExpressAdapter() : new FastifyAdapter(),
    {
      logger: false,
    },
  );
  // The only way to be a stranger without a second machine.
  app.use((req: { headers: Record<string, string>; socket: object }, _res: unknown, next: () => void) => {
    const peer = req.headers['test-peer'];
    if (peer !== undefined) Object.defineProperty(req.socket, 'remoteAddress', { value: peer });
    next();
  });
  return app;
}

describe.each(['express', 'fastify'] as const)('CacheAccessGuard on %s', (platform) => {
  let app: INestApplication | undefined;
  let environment: string | undefined;

  beforeEach(() => {
    environment = process.env.NODE_ENV;
  });

  afterEach(async () => {
    process.env.NODE_ENV = environment;
    await app?.close();
    app = undefined;
  });

  async function ask(access: AccessOptions, headers: Record<string, string> = {}) {
    app = await create(platform, access);
    await app.listen(0, '127.0.0.1');
    return request(await app.getUrl())
      .get('/cache/stats')
      .set(headers);
  }

  async function statusOf(access: AccessOptions, headers: Record<string, string> = {}): Promise<number> {
    return (await ask(access, headers)).status;
  }

  it('answers a local caller by default', async () => {
    expect(await statusOf({})).toBe(200);
  });

  it.each<[string, Record<string, string>]>([
    ['a stranger', { 'test-peer': '203.0.113.9' }],
    ['a stranger who claims to be local', { 'test-peer': '203.0.113.9', host: 'localhost' }],
    ['a proxy on the same machine that keeps the host', { host: 'app.example' }],
    ['a proxy that says for whom it speaks', { host: 'localhost', 'x-forwarded-for': '127.0.0.1' }],
    ['a browser in which a foreign name was rebound', { host: 'localhost.evil.example:3000' }],
  ])('refuses %s and says how to open the route', async (_who, headers) => {
    const { status, body, headers: answered } = await ask({}, headers);
    expect(status).toBe(403);
    expect(body.message).toMatch(/monitoring\.guards, monitoring\.token or monitoring\.public/);
    expect(answered['cache-control']).toBe('no-store');
  });

  it('refuses local callers in production', async () => {
    process.env.NODE_ENV = 'production';
    expect(await statusOf({})).toBe(403);
  });

  it('counts an empty list of guards as none, not as consent', async () => {
    expect(await statusOf({ guards: [] }, { 'test-peer': '203.0.113.9' })).toBe(403);
  });

  it('answers everybody when public, in production too', async () => {
    process.env.NODE_ENV = 'production';
    expect(await statusOf({ public: true }, { 'test-peer': '203.0.113.9', host: 'app.example' })).toBe(200);
  });

  it('answers whoever has the token, from anywhere', async () => {
    process.env.NODE_ENV = 'production';
    const headers = { 'test-peer': '203.0.113.9', host: 'app.example', authorization: `Bearer ${TOKEN}` };
    expect(await statusOf({ token: TOKEN }, headers)).toBe(200);
  });

  it.each<Record<string, string>>([
    {},
    { authorization: 'Bearer wrong' },
    { authorization: `Basic ${TOKEN}` },
  ])('refuses %j where a token is wanted, local or not, public or not', async (headers) => {
    const { status, headers: answered, text } = await ask({ token: TOKEN, public: true }, headers);
    expect(status).toBe(401);
    expect(answered['www-authenticate']).toBe('Bearer');
    expect(answered['cache-control']).toBe('no-store');
    expect(text).not.toContain(TOKEN);
  });

  it.each<[Type<CanActivate>[], number]>([
    [[Yes], 200],
    [[YesLater], 200],
    [[YesObserved], 200],
    [[Yes, YesLater, YesObserved], 200],
    [[No], 403],
    [[NoLater], 403],
    [[NoObserved], 403],
    [[Yes, No], 403],
    [[No, Yes], 403],
    [[No, Fails], 403],
    [[Yes, Fails], 500],
    [[FailsLater], 500],
    [[FailsObserved], 500],
    [[Silent], 500],
    [[Truthy], 403],
  ])('with the guards %p answers %d', async (guards, expected) => {
    expect(await statusOf({ guards })).toBe(expected);
  });

  it('lets guards decide alone, public or not', async () => {
    expect(await statusOf({ guards: [No], public: true })).toBe(403);
  });

  it('lets guards open the route for strangers, in production too', async () => {
    process.env.NODE_ENV = 'production';
    expect(await statusOf({ guards: [Yes] }, { 'test-peer': '203.0.113.9', host: 'app.example' })).toBe(200);
  });

  it.each<[Type<CanActivate>, boolean, number]>([
    [Yes, true, 200],
    [Yes, false, 401],
    [No, true, 403],
    [No, false, 401],
  ])('wants both where guards and a token are given: %p, token %p', async (guard, sent, expected) => {
    const headers = sent ? { authorization: `Bearer ${TOKEN}` } : undefined;
    expect(await statusOf({ guards: [guard], token: TOKEN }, headers)).toBe(expected);
  });

  it.each([
    [Provided, 'seed', 200],
    [Provided, 'leaf', 403],
    [PerRequest, 'scoped', 200],
    [PerRequest, 'leaf', 403],
  ])('takes %p from the module that provides it, word %s', async (guard, word, expected) => {
    expect(await statusOf({ guards: [guard] }, { 'x-word': word })).toBe(expected);
  });

  it('stops the boot for a guard that can neither be found nor made', async () => {
    app = await create(platform, { guards: [Impossible] });
    await expect(app.init()).rejects.toThrow(/Impossible/);
  });

  it.each<AccessOptions>([false, { stats: false }, { stats: false, public: true }])(
    'does not exist with the options %j',
    async (access) => {
      const { status, body, headers } = await ask(access, { authorization: `Bearer ${TOKEN}` });
      expect(status).toBe(404);
      expect(body).toEqual({ statusCode: 404, message: 'Cannot GET /cache/stats', error: 'Not Found' });
      expect(headers['cache-control']).toBe('no-store');
    },
  );
});
