import { describe, expect, it } from '@jest/globals';
import {
  ClassSerializerInterceptor,
  Controller,
  Get,
  Injectable,
  Module,
  UseInterceptors,
} from '@nestjs/common';
import type { CallHandler, ExecutionContext, INestApplication, NestInterceptor, Type } from '@nestjs/common';
import { APP_INTERCEPTOR, Reflector } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Exclude, Expose } from 'class-transformer';
import { CacheModule, Cacheable } from 'nuthatch';
import type { Observable } from 'rxjs';
import { map } from 'rxjs';
import { PLATFORMS, isConnected } from '../support/app.js';
import { essence, useSites } from './site.js';

class User {
  readonly id = 7;

  @Exclude()
  readonly password = 'secret';

  @Expose({ name: 'handle' })
  readonly name = 'wren';
}

@Injectable()
class Envelope implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

const OTHERS = { ClassSerializerInterceptor, Envelope };
type Other = keyof typeof OTHERS;

/** A controller whose handlers may have an interceptor of their own. */
function users(own?: Type<NestInterceptor>): Type<{ runs: number }> {
  @Controller('users')
  class Users {
    runs = 0;

    @Get('one')
    @Cacheable({ region: 'users.one' })
    async one(): Promise<User> {
      this.runs += 1;
      return new User();
    }

    @Get('list')
    @Cacheable({ region: 'users.list' })
    async list(): Promise<User[]> {
      this.runs += 1;
      return [new User(), new User()];
    }
  }
  if (own !== undefined) UseInterceptors(own)(Users);
  return Users;
}

const as = (other: Other) => ({ provide: APP_INTERCEPTOR, useClass: OTHERS[other] });
const made = (other: Other, app: INestApplication) =>
  other === 'Envelope' ? new Envelope() : new ClassSerializerInterceptor(app.get(Reflector));

describe.each(PLATFORMS)('What interceptors make of a result, on %s,', (platform) => {
  const { place, open } = useSites(platform, 'memory and Redis');

  /** The ways in which an application may be given an interceptor. */
  const PLACEMENTS = {
    'with useGlobalInterceptors': (other: Other, cache: boolean) => {
      const controller = users();
      const parts = { controllers: [controller], ...(cache ? {} : { cache: false as const }) };
      return open(parts, { configure: (app) => app.useGlobalInterceptors(made(other, app)) });
    },
    'as a provider of the root module': (other: Other, cache: boolean) =>
      open({ controllers: [users()], providers: [as(other)], ...(cache ? {} : { cache: false as const }) }),
    'as a provider of a module that is imported before the cache': async (other: Other, cache: boolean) => {
      @Module({ providers: [as(other)] })
      class Before {}
      const caches = cache ? [CacheModule.forRoot(place.options())] : [];
      const site = await open({ controllers: [users()], imports: [Before, ...caches], cache: false });
      if (cache) await isConnected(site);
      return site;
    },
    'on the controller': (other: Other, cache: boolean) =>
      open({ controllers: [users(OTHERS[other])], ...(cache ? {} : { cache: false as const }) }),
  };

  it.each(
    Object.keys(PLACEMENTS).flatMap((where) =>
      Object.keys(OTHERS).flatMap((other) =>
        ['/users/one', '/users/list'].map((path) => [other, where, path]),
      ),
    ),
  )('is the same on the first call and on hits: %s %s, %s', async (other, where, path) => {
    const start = (cache: boolean) => PLACEMENTS[where as keyof typeof PLACEMENTS](other as Other, cache);
    const bare = await (await start(false)).ask(path);
    const site = await start(true);
    const answers = [await site.ask(path), await site.ask(path)];
    const elsewhere = await start(true);
    answers.push(await elsewhere.ask(path), await elsewhere.ask(path));
    expect(bare.body).toContain(other === 'Envelope' ? '"data"' : '"handle"');
    expect(answers.map(essence)).toEqual(answers.map(() => essence(bare)));
    const leaked = answers.some(({ body }) => body.includes('secret'));
    expect(leaked && other !== 'Envelope').toBe(false);
  });
});

describe('What a platform makes of a result', () => {
  @Controller('birds')
  class Birds {
    runs = 0;

    @Get('one')
    @Cacheable({ region: 'one' })
    async one(): Promise<object> {
      this.runs += 1;
      return { name: '<wren & co>', secret: 'nest', n: this.runs };
    }

    @Get('schema')
    @RouteSchema({ response: { 200: { type: 'object', properties: { name: { type: 'string' } } } } })
    @Cacheable({ region: 'schema' })
    async schema(): Promise<object> {
      this.runs += 1;
      return { name: 'wren', secret: 'nest' };
    }
  }

  describe('express', () => {
    const { open } = useSites('express');

    it.each([
      ['json spaces', 2],
      ['json escape', true],
      ['json replacer', (key: string, value: unknown) => (key === 'secret' ? undefined : value)],
      ['json replacer', ['name']],
    ])('is what its setting says, on hits too: %s', async (setting, value) => {
      const configure = (app: INestApplication) => (app as NestExpressApplication).set(setting, value);
      const bare = await (
        await open({ controllers: [Birds], cache: false }, { configure })
      ).ask('/birds/one');
      const site = await open({ controllers: [Birds] }, { configure });
      for (const _ of [1, 2]) expect(essence(await site.ask('/birds/one'))).toEqual(essence(bare));
      expect(site.get(Birds).runs).toBe(1);
    });
  });

  describe('fastify', () => {
    const { open } = useSites('fastify');
    const fastify = (app: INestApplication) => (app as NestFastifyApplication).getHttpAdapter().getInstance();

    it('is what its schema lets through, on hits too', async () => {
      const bare = await (await open({ controllers: [Birds], cache: false })).ask('/birds/schema');
      const site = await open({ controllers: [Birds] });
      for (const _ of [1, 2]) expect(essence(await site.ask('/birds/schema'))).toEqual(essence(bare));
      expect(bare.body).toBe('{"name":"wren"}');
      expect(site.get(Birds).runs).toBe(1);
    });

    it('is what its serialiser writes, on hits too', async () => {
      const configure = (app: INestApplication) =>
        fastify(app).setReplySerializer((payload) => JSON.stringify(payload, ['name']));
      const bare = await (
        await open({ controllers: [Birds], cache: false }, { configure })
      ).ask('/birds/one');
      const site = await open({ controllers: [Birds] }, { configure });
      for (const _ of [1, 2]) expect(essence(await site.ask('/birds/one'))).toEqual(essence(bare));
      expect(bare.body).toBe('{"name":"<wren & co>"}');
      expect(site.get(Birds).runs).toBe(1);
    });

    it('is what its hooks leave of it, and then runs for each request', async () => {
      const configure = (app: INestApplication) =>
        fastify(app).addHook('preSerialization', async (_request, _reply, payload) => {
          const { name, n } = payload as { name: string; n: number };
          return { name, n };
        });
      const site = await open({ controllers: [Birds] }, { configure });
      for (const n of [1, 2])
        expect((await site.ask('/birds/one')).body).toBe(`{"name":"<wren & co>","n":${n}}`);
    });
  });
});
