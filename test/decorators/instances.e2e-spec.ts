import { afterEach, describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Module, Scope } from '@nestjs/common';
import { ContextIdFactory, ModuleRef, REQUEST } from '@nestjs/core';
import type { ContextId, ContextIdStrategy, HostComponentInfo } from '@nestjs/core';
import { Cacheable, CacheEvict, CachePut } from 'nuthatch';
import { boot, closeAll } from '../support/app.js';

/** Loads of all instances together, by the name each was given. */
let loads: Record<string, number> = {};

@Injectable()
class Service {
  name = 'constructed';

  @Cacheable()
  async find(id: string): Promise<string> {
    loads[this.name] = (loads[this.name] ?? 0) + 1;
    return `${this.name} ${id}`;
  }

  /** Calls itself as any method calls another. */
  async findTwice(id: string): Promise<string> {
    return [await this.find(id), await this.find(id)].join();
  }

  @CacheEvict({ region: 'Service.find' })
  async forget(_id: string): Promise<void> {}
}

function named(name: string): Service {
  return Object.assign(new Service(), { name });
}

afterEach(async () => {
  loads = {};
  await closeAll();
});

async function expectCached(service: Service, name: string): Promise<void> {
  await expect(service.find('a')).resolves.toBe(`${name} a`);
  await expect(service.find('a')).resolves.toBe(`${name} a`);
  expect(loads).toEqual({ [name]: 1 });
  await service.forget('a');
  await service.find('a');
  expect(loads).toEqual({ [name]: 2 });
}

describe('A method is cached on an instance', () => {
  it('that Nest constructs', async () => {
    await expectCached((await boot({ providers: [Service] })).get(Service), 'constructed');
  });

  it('that another class stands for', async () => {
    const { get } = await boot({ providers: [{ provide: 'service', useClass: Service }] });
    await expectCached(get('service'), 'constructed');
  });

  it.each([
    ['a value', { provide: Service, useValue: named('made') }],
    ['a factory', { provide: Service, useFactory: () => named('made') }],
    ['an asynchronous factory', { provide: Service, useFactory: () => Promise.resolve(named('made')) }],
    ['a factory with a name', { provide: 'service', useFactory: () => named('made') }],
  ])('that comes from %s', async (_, provider) => {
    const { get } = await boot({ providers: [provider] });
    await expectCached(get(provider.provide), 'made');
  });

  it('that has another name too', async () => {
    const providers = [
      { provide: Service, useFactory: () => named('made') },
      { provide: 'alias', useExisting: Service },
    ];
    await expectCached((await boot({ providers })).get('alias'), 'made');
  });

  it('that a module of its own provides', async () => {
    @Module({ providers: [Service], exports: [Service] })
    class Feature {}
    await expectCached((await boot({ imports: [Feature] })).get(Service), 'constructed');
  });

  it('that ModuleRef.create made, though no module provides it', async () => {
    const service = await (await boot({})).get(ModuleRef).create(Service);
    await expectCached(service, 'constructed');
  });

  it('that calls itself', async () => {
    const service = (await boot({ providers: [Service] })).get(Service);
    await expect(service.findTwice('a')).resolves.toBe('constructed a,constructed a');
    expect(loads).toEqual({ constructed: 1 });
  });

  it('before the boot is done: a constructor or hook of another provider may call it', async () => {
    @Injectable()
    class Early {
      readonly answers: Promise<string>[];
      constructor(private readonly service: Service) {
        this.answers = [this.service.find('a'), this.service.find('a')];
      }
      async onModuleInit(): Promise<void> {
        this.answers.push(this.service.find('a'));
      }
    }
    const { get } = await boot({ providers: [Service, Early] });
    await expect(Promise.all(get(Early).answers)).resolves.toEqual(Array(3).fill('constructed a'));
    expect(loads).toEqual({ constructed: 1 });
  });
});

describe('A transient provider', () => {
  @Injectable({ scope: Scope.TRANSIENT })
  class Transient extends Service {}

  @Injectable()
  class One {
    constructor(@Inject(Transient) readonly service: Service) {}
  }
  @Injectable()
  class Other {
    constructor(@Inject(Transient) readonly service: Service) {}
  }

  it.each([
    ['a class', Transient],
    [
      'a factory',
      {
        provide: Transient,
        scope: Scope.TRANSIENT,
        useFactory: () => Object.assign(new Transient(), { name: 'made' }),
      },
    ],
  ])('from %s is cached on every instance, with one cache for all', async (_, provider) => {
    const { get } = await boot({ providers: [provider, One, Other] });
    const [one, other] = [get(One).service, get(Other).service];
    expect(one).not.toBe(other);
    await one.find('a');
    await other.find('a');
    expect(Object.values(loads)).toEqual([1]);
  });
});

describe('A request-scoped provider', () => {
  @Injectable({ scope: Scope.REQUEST })
  class Unkeyed {
    @Cacheable()
    async find(_id: string): Promise<number> {
      return 1;
    }
  }

  @Injectable({ scope: Scope.REQUEST })
  class UnkeyedPut {
    @CachePut()
    async find(_id: string): Promise<number> {
      return 1;
    }
  }

  @Injectable()
  class ByDependency {
    constructor(@Inject(REQUEST) readonly request: unknown) {}

    @Cacheable()
    async find(_id: string): Promise<number> {
      return 1;
    }
  }

  @Injectable({ scope: Scope.REQUEST })
  class Keyed {
    constructor(@Inject(REQUEST) readonly request: { tenant: string }) {}

    @Cacheable({ key: (tenant: string, id: string) => [tenant, id] })
    async load(tenant: string, id: string): Promise<string> {
      loads[tenant] = (loads[tenant] ?? 0) + 1;
      return `${tenant} ${id}`;
    }

    find(id: string): Promise<string> {
      return this.load(this.request.tenant, id);
    }

    @CacheEvict({ region: 'Keyed.load' })
    async forget(_tenant: string, _id: string): Promise<void> {}
  }

  it.each([Unkeyed, UnkeyedPut, ByDependency])(
    'stops the boot without an explicit key: %p',
    async (provider) => {
      await expect(boot({ providers: [provider] })).rejects.toMatchObject({
        code: 'INVALID_DECORATOR',
        message: expect.stringMatching(`${provider.name}\\.find .*request.* key`),
      });
    },
  );

  it('is cached with a key, across requests', async () => {
    const { app, get } = await boot({ providers: [Keyed] });
    const serve = async (tenant: string) => {
      const context = ContextIdFactory.create();
      app.registerRequestByContextId({ tenant }, context);
      return get(ModuleRef).resolve(Keyed, context, { strict: false });
    };
    const [first, second] = [await serve('acme'), await serve('acme')];
    expect(first).not.toBe(second);
    await expect(first.find('a')).resolves.toBe('acme a');
    await expect(second.find('a')).resolves.toBe('acme a');
    await expect((await serve('other')).find('a')).resolves.toBe('other a');
    expect(loads).toEqual({ acme: 1, other: 1 });
    await second.forget('acme', 'a');
    await first.find('a');
    expect(loads).toEqual({ acme: 2, other: 1 });
  });

  it('needs the key when it is durable, and is cached with it', async () => {
    @Injectable({ scope: Scope.REQUEST, durable: true })
    class Durable extends Keyed {}
    @Injectable({ scope: Scope.REQUEST, durable: true })
    class DurableUnkeyed extends Unkeyed {}

    await expect(boot({ providers: [DurableUnkeyed] })).rejects.toMatchObject({ code: 'INVALID_DECORATOR' });

    const tenants = new Map<string, ContextId>();
    const byTenant: ContextIdStrategy<{ tenant: string }> = {
      attach(contextId, { tenant }) {
        const root = tenants.get(tenant) ?? ContextIdFactory.create();
        tenants.set(tenant, root);
        const resolve = ({ isTreeDurable }: HostComponentInfo) => (isTreeDurable ? root : contextId);
        return { resolve, payload: { tenant } };
      },
    };
    ContextIdFactory.apply(byTenant as ContextIdStrategy);
    const { get } = await boot({ providers: [Durable] });
    const serve = (tenant: string) =>
      get(ModuleRef).resolve(Durable, ContextIdFactory.getByRequest({ tenant }), { strict: false });
    for (const tenant of ['acme', 'acme', 'other']) await (await serve(tenant)).load(tenant, 'a');
    expect(loads).toEqual({ acme: 1, other: 1 });
  });
});

describe('An instance that takes no new property', () => {
  it.each([
    ['a frozen value', { provide: 'service', useValue: Object.freeze(named('frozen')) }],
    ['a sealed value', { provide: 'service', useValue: Object.seal(named('sealed')) }],
    ['a frozen factory’s', { provide: 'service', useFactory: () => Object.freeze(named('frozen')) }],
  ])('stops the boot, naming class and methods: %s', async (_, provider) => {
    await expect(boot({ providers: [provider] })).rejects.toMatchObject({
      code: 'INVALID_DECORATOR',
      message: expect.stringMatching(/Service\.find, Service\.forget: .*frozen/),
    });
  });
});

describe('Without CacheModule', () => {
  it('a decorated class is provided and runs uncached', async () => {
    const service = (await boot({ cache: false, providers: [Service] })).get(Service);
    await service.find('a');
    await service.find('a');
    await service.forget('a');
    expect(loads).toEqual({ constructed: 2 });
  });

  it('a decorated class that nobody provides runs uncached', async () => {
    const service = new Service();
    await service.find('a');
    await service.find('a');
    expect(loads).toEqual({ constructed: 2 });
  });

  it('a method that was taken off its instance fails as any method would', async () => {
    const { find } = new Service();
    await expect(Promise.resolve().then(() => find.call(undefined as never, 'a'))).rejects.toThrow(TypeError);
  });
});
