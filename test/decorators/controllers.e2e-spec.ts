import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Param } from '@nestjs/common';
import { CacheEvict, CacheService, Cacheable } from 'nuthatch';
import { PLATFORMS, bootHttp, closeAll } from '../support/app.js';

afterEach(closeAll);

async function text(url: string): Promise<string> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return response.text();
}

describe.each(PLATFORMS)('Controllers that inherit, on %s', (platform) => {
  abstract class Entities {
    loads = 0;
    abstract readonly kind: string;

    @Get(':id')
    @Cacheable()
    async find(@Param('id') id: string): Promise<string> {
      this.loads += 1;
      return `${this.kind} ${id} of load ${this.loads}`;
    }

    @CacheEvict()
    async forget(_id: string): Promise<void> {}
  }

  @Controller('users')
  class Users extends Entities {
    readonly kind = 'user';
  }

  @Controller('communities')
  class Communities extends Entities {
    readonly kind = 'community';
  }

  it('a handler have each their own responses, and their own region', async () => {
    const { url, get } = await bootHttp({ controllers: [Users, Communities] }, platform);
    const both = () => Promise.all([text(`${url}/users/1`), text(`${url}/communities/1`)]);
    const first = ['user 1 of load 1', 'community 1 of load 1'];
    expect([await both(), await both()]).toEqual([first, first]);
    await get(CacheService).clear('Users.find');
    expect(await both()).toEqual(['user 1 of load 2', 'community 1 of load 1']);
  });

  it('a cached method and make a route of it cache it as a value, for the route is theirs', async () => {
    class Service {
      loads = 0;

      @Cacheable({ region: 'controllers.base' })
      async find(id: string): Promise<string> {
        this.loads += 1;
        return `found ${id}`;
      }
    }
    @Controller('birds')
    class Birds extends Service {
      requests = 0;

      @Get(':id')
      override async find(@Param('id') id: string): Promise<string> {
        this.requests += 1;
        return super.find(id);
      }
    }
    const { url, get } = await bootHttp({ controllers: [Birds] }, platform);
    expect([await text(`${url}/birds/a`), await text(`${url}/birds/a`)]).toEqual(['found a', 'found a']);
    expect(get(Birds)).toMatchObject({ requests: 2, loads: 1 });
  });
});

describe.each(PLATFORMS)('A controller, on %s', (platform) => {
  @Controller('shelf')
  class Shelf {
    runs: string[] = [];

    @Get(':id')
    async find(@Param('id') id: string): Promise<string> {
      return `${await this.value(id)} ${await this.response(id)}`;
    }

    @Get('response/:id')
    @Cacheable({ region: 'controllers.response' })
    async response(@Param('id') id: string): Promise<string> {
      this.runs.push(`response ${id}`);
      return id;
    }

    /** No route: as a message handler or a resolver would be. */
    @Cacheable({ region: 'controllers.value' })
    async value(id: string): Promise<string> {
      this.runs.push(`value ${id}`);
      return id;
    }
  }

  it('caches methods that handle no route as values, like any provider', async () => {
    const { url, get } = await bootHttp({ controllers: [Shelf] }, platform);
    await text(`${url}/shelf/a`);
    await text(`${url}/shelf/a`);
    await get(Shelf).value('a');
    expect(get(Shelf).runs.filter((run) => run === 'value a')).toHaveLength(1);
  });

  it('caches the response of a route, not its value: called by hand, the handler runs', async () => {
    const { url, get } = await bootHttp({ controllers: [Shelf] }, platform);
    await text(`${url}/shelf/response/a`);
    await text(`${url}/shelf/response/a`);
    expect(get(Shelf).runs).toEqual(['response a']);
    await get(Shelf).response('a');
    await get(Shelf).response('a');
    expect(get(Shelf).runs).toHaveLength(3);
  });
});
