import { describe, expect, it } from '@jest/globals';
import { Injectable, Module, Scope } from '@nestjs/common';
import {
  CacheEvict,
  CacheInvalidate,
  CachePut,
  Cacheable,
  CacheService,
  defineRegions,
  region,
} from 'nuthatch';
import { PLACES, boot, closeAll, usePlace } from '../support/app.js';

@Injectable()
class Tenants {
  tenant = 'acme';
  caching = true;

  current(): string {
    return this.tenant;
  }
}

const LIMIT = Symbol('limit');

/** Resolvers find their providers wherever they are, exported or not. */
@Module({ providers: [Tenants, { provide: LIMIT, useValue: 3 }, { provide: 'life', useValue: '1h' }] })
class TenantsModule {}

const tenantKey = {
  inject: [Tenants],
  useFactory: (tenants: Tenants, id: string) => [tenants.current(), id],
};

describe.each(PLACES)('Options with injected providers, %s', (name) => {
  const place = usePlace(name);
  const { rows } = defineRegions('resolved', {
    rows: region<[tenant: string, id: string], string>({ memory: place.memory }),
  });

  @Injectable()
  class Rows {
    loads = 0;

    constructor(readonly cache: CacheService) {}

    @Cacheable({
      region: rows,
      key: tenantKey,
      tags: {
        inject: [Tenants],
        useFactory: (tenants: Tenants, id: string) => [`${tenants.current()}:${id}`],
      },
      condition: { inject: [Tenants], useFactory: (tenants: Tenants, _id: string) => tenants.caching },
      unless: { inject: [LIMIT], useFactory: (limit: number, result: string) => result.length > limit + 10 },
      ttl: {
        inject: ['life', LIMIT],
        useFactory: (life: '1h', limit: number, result: string, id: string) =>
          result.endsWith(id) && id.length <= limit ? life : 0,
      },
    })
    async find(id: string): Promise<string> {
      this.loads += 1;
      return `row ${id}`;
    }

    @CachePut({ region: rows, key: tenantKey })
    async put(_id: string): Promise<string> {
      return 'put';
    }

    @CacheEvict({ region: rows, key: tenantKey })
    async forget(_id: string): Promise<void> {}

    @CacheInvalidate({
      tags: {
        inject: [Tenants],
        useFactory: (tenants: Tenants, id: string) => [`${tenants.current()}:${id}`],
      },
    })
    async invalidate(_id: string): Promise<void> {}
  }

  async function start() {
    const booted = await place.boot({ imports: [TenantsModule], providers: [Rows] });
    return { service: booted.get(Rows), tenants: booted.get(Tenants) };
  }

  it('make the key of provider and arguments', async () => {
    const { service, tenants } = await start();
    await service.find('a');
    tenants.tenant = 'other';
    await service.find('a');
    tenants.tenant = 'acme';
    await service.find('a');
    expect(service.loads).toBe(2);
    await expect(service.cache.get(rows, ['other', 'a'])).resolves.toBe('row a');
  });

  it('make the key of puts and evicts', async () => {
    const { service, tenants } = await start();
    await service.put('a');
    await expect(service.find('a')).resolves.toBe('put');
    tenants.tenant = 'other';
    await service.forget('a');
    await expect(service.cache.get(rows, ['acme', 'a'])).resolves.toBe('put');
    tenants.tenant = 'acme';
    await service.forget('a');
    await expect(service.cache.get(rows, ['acme', 'a'])).resolves.toBeUndefined();
  });

  it('make the tags, of entries and of invalidations', async () => {
    const { service, tenants } = await start();
    await service.find('a');
    tenants.tenant = 'other';
    await service.invalidate('a');
    tenants.tenant = 'acme';
    await service.find('a');
    expect(service.loads).toBe(1);
    await service.invalidate('a');
    await service.find('a');
    expect(service.loads).toBe(2);
  });

  it('decide whether the cache is used', async () => {
    const { service, tenants } = await start();
    tenants.caching = false;
    await service.find('a');
    await service.find('a');
    expect(service.loads).toBe(2);
  });

  it('decide whether and how long a result is kept', async () => {
    const { service } = await start();
    for (const id of ['four', 'longer than ten']) {
      await service.find(id);
      await service.find(id);
    }
    expect(service.loads).toBe(4);
    await service.find('two');
    await service.find('two');
    expect(service.loads).toBe(5);
  });
});

describe('An option that injects what is no singleton provider', () => {
  @Injectable({ scope: Scope.REQUEST })
  class PerRequest {}

  const missing = { inject: [Tenants], useFactory: () => ['a'] };
  const perRequest = { inject: [PerRequest], useFactory: () => ['a'] };

  class MissingKey {
    @Cacheable({ key: missing })
    async find(): Promise<void> {}
  }
  class MissingTags {
    @CacheInvalidate({ tags: missing })
    async find(): Promise<void> {}
  }
  class MissingText {
    @CacheEvict({ key: { inject: ['the tenant'], useFactory: () => ['a'] } })
    async find(): Promise<void> {}
  }
  class RequestScoped {
    @CachePut({ key: perRequest })
    async find(): Promise<void> {}
  }

  it.each([
    ['key', 'Tenants', MissingKey],
    ['tags', 'Tenants', MissingTags],
    ['key', 'the tenant', MissingText],
    ['key', 'PerRequest', RequestScoped],
  ])('stops the boot, naming method, option %s and %s', async (option, token, provider) => {
    const booting = boot({ providers: [provider, PerRequest] });
    await expect(booting.finally(closeAll)).rejects.toMatchObject({
      code: 'INVALID_DECORATOR',
      message: `${option} of ${provider.name}.find injects ${token}, which is no singleton provider`,
    });
  });
});
