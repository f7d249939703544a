import { describe, expect, it } from '@jest/globals';
import {
  Body,
  Controller,
  Get,
  Headers,
  HostParam,
  Injectable,
  Ip,
  Param,
  Req,
  Res,
  UnauthorizedException,
  UseGuards,
  createParamDecorator,
} from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Cacheable, defineRegions, region } from 'nuthatch';
import { GRID, useSites } from './site.js';

interface NativeRequest {
  headers: Record<string, string | undefined>;
  user?: unknown;
  route?: unknown;
}

class Account {
  constructor(readonly id: string) {}
}

/** Knows people by a header of the application's own: no Authorization, no Cookie. */
@Injectable()
class ApiKeys implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<NativeRequest>();
    const key = request.headers['x-api-key'];
    if (key === undefined) throw new UnauthorizedException();
    request.user = key.startsWith('account-') ? new Account(key) : { id: key };
    return true;
  }
}

const user = (context: ExecutionContext) => context.switchToHttp().getRequest<NativeRequest>().user;
const Me = createParamDecorator((_data: unknown, context) => user(context));
const Later = createParamDecorator(async (_data: unknown, context) => user(context));
const Broken = createParamDecorator(() => {
  throw new UnauthorizedException('broken');
});
const Rejected = createParamDecorator(async () => {
  throw new UnauthorizedException('rejected');
});

describe.each(GRID)(
  'A handler that is given more than the URL, on $platform, $name,',
  ({ platform, name }) => {
    const { open, place } = useSites(platform, name);
    const { any } = defineRegions('inputs', {
      any: region<readonly unknown[], unknown>({ memory: place.memory }),
    });

    @Controller('birds')
    @UseGuards(ApiKeys)
    class Birds {
      runs = 0;

      @Get('header/:id')
      @Cacheable({ region: any })
      async header(@Param('id') id: string, @Headers('X-Tenant') tenant: string): Promise<object> {
        return { run: ++this.runs, id, tenant };
      }

      @Get('me')
      @Cacheable({ region: any })
      async me(@Me() me: { id: string }): Promise<object> {
        return { run: ++this.runs, me: me.id };
      }

      @Get('me-by-key')
      @Cacheable<Birds['meByKey']>({ region: any, key: (me) => [me.id] })
      async meByKey(@Me() me: { id: string }): Promise<object> {
        return { run: ++this.runs, me: me.id };
      }

      @Get('request')
      @Cacheable({ region: any })
      async request(@Req() request: NativeRequest): Promise<object> {
        return { run: ++this.runs, me: (request.user as Account).id };
      }

      @Get('request-by-key')
      @Cacheable<Birds['requestByKey']>({ region: any, key: ({ user }) => [(user as Account).id] })
      async requestByKey(@Req() request: NativeRequest): Promise<object> {
        return { run: ++this.runs, me: (request.user as Account).id };
      }

      @Get('previewed/:id')
      @Cacheable<Birds['previewed']>({
        region: any,
        key: (id) => [id],
        condition: (_id, { headers }) => headers['x-preview'] === undefined,
      })
      async previewed(@Param('id') id: string, @Req() { headers }: NativeRequest): Promise<object> {
        return { run: ++this.runs, id, preview: headers['x-preview'] };
      }

      @Get('later')
      @Cacheable({ region: any })
      async later(@Later() me: { id: string }): Promise<object> {
        return { run: ++this.runs, me: me.id };
      }

      @Get('broken')
      @Cacheable({ region: any })
      async broken(@Broken() _me: unknown): Promise<object> {
        return { run: ++this.runs };
      }

      @Get('rejected')
      @Cacheable({ region: any })
      async rejected(@Rejected() _me: unknown): Promise<object> {
        return { run: ++this.runs };
      }

      @Get('rest/:id')
      @Cacheable({ region: any })
      async rest(@Param('id') id: string, @Ip() ip: string, @Body() body: unknown): Promise<object> {
        return { run: ++this.runs, id, ip: typeof ip, body };
      }

      @Get('response')
      @Cacheable({ region: any })
      async response(@Res({ passthrough: true }) _response: object): Promise<object> {
        return { run: ++this.runs };
      }
    }

    @Controller({ path: 'hosts', host: ':tenant.example' })
    class Hosts {
      runs = 0;

      @Get()
      @Cacheable({ region: any })
      async find(@HostParam('tenant') tenant: string): Promise<object> {
        return { run: ++this.runs, tenant };
      }
    }

    const start = async () => {
      const site = await open({ controllers: [Birds, Hosts], providers: [ApiKeys] });
      const ask = async (path: string, headers: Record<string, string> = {}) =>
        JSON.parse((await site.ask(path, { headers: { 'x-api-key': 'a', ...headers } })).body) as Record<
          string,
          unknown
        >;
      return { site, ask };
    };

    it('is told apart by a header that it takes', async () => {
      const { ask, site } = await start();
      for (const _ of [1, 2])
        for (const [tenant, run] of [
          ['red', 1],
          ['blue', 2],
        ] as const)
          expect(await ask('/birds/header/7', { 'x-tenant': tenant })).toEqual({ run, id: '7', tenant });
      expect(await ask('/birds/header/7')).toEqual({ run: 3, id: '7' });
      expect(site.log.warnings).toEqual([]);
    });

    it.each(['me', 'me-by-key', 'request-by-key'])(
      'gives nobody what is for somebody else: %s',
      async (path) => {
        const [here, there] = [await start(), await start()];
        for (const { ask } of [here, here, there])
          for (const me of ['ann', 'bob', 'cat'])
            expect((await ask(`/birds/${path}`, { 'x-api-key': me })).me).toBe(me);
        expect(here.site.get(Birds).runs).toBe(3);
        expect(there.site.get(Birds).runs).toBe(place.hasRedis ? 0 : 3);
        const people = Array.from({ length: 20 }, (_, n) => `p${n % 4}`);
        const answers = await Promise.all(
          people.map((me) => here.ask(`/birds/${path}`, { 'x-api-key': me })),
        );
        expect(answers.map(({ me }) => me)).toEqual(people);
      },
    );

    it.each([
      ['request', 'a'],
      ['later', 'a'],
      ['me', 'account-a'],
      ['response', 'a'],
    ])(
      'runs for each request, and one warning says why, where an argument has no key: %s of %s',
      async (path, me) => {
        const { ask, site } = await start();
        for (const run of [1, 2, 3]) expect((await ask(`/birds/${path}`, { 'x-api-key': me })).run).toBe(run);
        expect(site.log.warnings).toEqual([
          expect.stringMatching(
            `^Birds\\.${path} runs without the cache: argument 1 has no canonical form.*key function`,
          ),
        ]);
      },
    );

    it('is cached for an argument without a key, by what its key function takes of it', async () => {
      const { ask } = await start();
      for (const _ of [1, 2])
        for (const me of ['account-a', 'account-b'])
          expect((await ask('/birds/me-by-key', { 'x-api-key': me })).me).toBe(me);
      expect((await ask('/birds/me-by-key', { 'x-api-key': 'account-b' })).run).toBe(2);
    });

    it('is neither answered from the cache nor kept where its condition says no to the request', async () => {
      const { ask } = await start();
      const preview = { 'x-preview': 'yes' };
      const asked = [{}, preview, {}, preview, {}];
      const runs = [];
      for (const headers of asked) runs.push((await ask('/birds/previewed/7', headers)).run);
      expect(runs).toEqual([1, 2, 1, 3, 1]);
    });

    it.each(['broken', 'rejected'])('answers with the error of a parameter that fails: %s', async (path) => {
      const { site } = await start();
      for (const _ of [1, 2])
        expect(await site.ask(`/birds/${path}`, { headers: { 'x-api-key': 'a' } })).toMatchObject({
          status: 401,
          body: expect.stringContaining(path),
        });
      expect(site.get(Birds).runs).toBe(0);
    });

    it('is cached as ever with an address and a body that is not there', async () => {
      const { ask, site } = await start();
      for (const _ of [1, 2])
        expect(await ask('/birds/rest/7')).toMatchObject({ run: 1, id: '7', ip: 'string' });
      expect(site.log.warnings).toEqual([]);
    });

    it('is told apart by parameters of the host', async () => {
      const { ask } = await start();
      for (const _ of [1, 2])
        for (const [tenant, run] of [
          ['red', 1],
          ['blue', 2],
        ] as const)
          expect(await ask('/hosts', { host: `${tenant}.example` })).toEqual({ run, tenant });
    });
  },
);
