import { describe, expect, it } from '@jest/globals';
import {
  CacheEvict,
  CacheInvalidate,
  CachePut,
  CacheTransactional,
  Cacheable,
  Caching,
  defineRegions,
  region,
} from 'nuthatch';

interface Metadata {
  readonly id: string;
  readonly name: string;
}
interface Filter {
  readonly q: string;
}
class Trace {
  readonly id = 1;
}
class Tenants {
  current(): string {
    return 'a';
  }
}

const community = defineRegions('types', {
  metadata: region<[id: string], Metadata>({ ttl: '10m', tags: (id) => [`community:${id}`] }),
  member: region<[community: string, member: number], string>(),
  anything: region<readonly unknown[], unknown>(),
  late: region<[id: string], Metadata>({ resultTags: (value, id) => [value.name, id] }),
  // @ts-expect-error the value has no such property
  lateWrong: region<[id: string], Metadata>({ resultTags: (value) => [String(value.nothing)] }),
});

/** Never constructed: what compiles here, and what does not, is the test. */
class Right {
  @Cacheable(community.metadata)
  byRegion(id: string): Promise<Metadata> {
    return Promise.resolve({ id, name: '' });
  }

  @Cacheable(community.metadata)
  mayBeAbsent(_id: string): Promise<Metadata | undefined> {
    return Promise.resolve(undefined);
  }

  @Cacheable(community.metadata, (id: string) => [id])
  byKey(id: string, _trace: Trace): Promise<Metadata> {
    return Promise.resolve({ id, name: '' });
  }

  @Cacheable<Right['typed']>({
    ttl: (result) => (result.length > 0 ? '5m' : '1s'),
    key: (filter) => [filter.q],
    tags: (filter) => [filter.q],
    unless: (result, _filter, trace) => result.length === trace.id,
  })
  typed(filter: Filter, _trace: Trace): Promise<string[]> {
    return Promise.resolve([filter.q]);
  }

  @Cacheable({ resultTags: (found: Metadata, id: string) => [found.name, id] })
  lateTags(id: string): Promise<Metadata> {
    return Promise.resolve({ id, name: '' });
  }

  @CacheInvalidate({ resultTags: (removed: Metadata) => [removed.name], confirm: 'replicated' })
  lateInvalidation(id: string): Promise<Metadata> {
    return Promise.resolve({ id, name: '' });
  }

  @CacheTransactional({ rolledBack: (error) => error instanceof Error })
  @CacheEvict({ region: community.metadata, key: (id: string) => [id], confirm: 'replicated' })
  unit(_id: string): Promise<void> {
    return Promise.resolve();
  }

  @Cacheable({
    ttl: '1m',
    key: (filter: Filter) => [filter.q],
    condition: (filter: Filter) => filter.q !== '',
  })
  annotated(filter: Filter, _trace: Trace): Promise<string[]> {
    return Promise.resolve([filter.q]);
  }

  @Cacheable(community.anything)
  anyArguments(_id: string, _page: number): Promise<number[]> {
    return Promise.resolve([]);
  }

  @Cacheable()
  bare(): Promise<number> {
    return Promise.resolve(1);
  }

  @Cacheable({
    key: { inject: [Tenants], useFactory: (tenants: Tenants, id: string) => [tenants.current(), id] },
  })
  injected(_id: string): Promise<number> {
    return Promise.resolve(1);
  }

  @CachePut(community.metadata, (id: string) => [id])
  put(id: string, name: string): Promise<Metadata> {
    return Promise.resolve({ id, name });
  }

  @CacheEvict(community.member)
  evict(_community: string, _member: number): void {}

  @CacheEvict(community.metadata, (id: string) => [id])
  evictByKey(_id: string, _name: string): void {}

  @CacheInvalidate({ tags: (id: string) => [id] })
  invalidate(_id: string): void {}

  @Caching<Right['caching']>({ evict: [{ region: community.metadata, key: (id) => [id.toUpperCase()] }] })
  caching(_id: string): void {}
}

class Wrong {
  // @ts-expect-error the region's key is a string, the method takes a number
  @Cacheable(community.metadata)
  wrongArgument(_id: number): Promise<Metadata> {
    return Promise.reject(new Error('never called'));
  }

  // @ts-expect-error one argument more than the key: without a key function the evict would miss this entry
  @Cacheable(community.metadata)
  oneTooMany(_id: string, _trace: Trace): Promise<Metadata> {
    return Promise.reject(new Error('never called'));
  }

  // @ts-expect-error the region's value is Metadata
  @Cacheable(community.metadata)
  wrongValue(_id: string): Promise<number> {
    return Promise.resolve(1);
  }

  // @ts-expect-error the key function takes a number, the method a string
  @Cacheable(community.metadata, (id: number) => [String(id)])
  wrongKey(_id: string): Promise<Metadata> {
    return Promise.reject(new Error('never called'));
  }

  // @ts-expect-error the key function gives a number, the region's key is a string
  @Cacheable(community.metadata, (id: string) => [id.length])
  wrongKeyValue(_id: string): Promise<Metadata> {
    return Promise.reject(new Error('never called'));
  }

  // @ts-expect-error the annotated parameter is not the method's
  @Cacheable({ key: (id: number) => [id] })
  wrongAnnotation(_id: string): Promise<number> {
    return Promise.resolve(1);
  }

  // @ts-expect-error unless sees the result first, and the result is a number
  @Cacheable({ unless: (result: string) => result === '' })
  wrongResult(_id: string): Promise<number> {
    return Promise.resolve(1);
  }

  // @ts-expect-error the type argument names another method
  @Cacheable<Right['typed']>({ ttl: '1m' })
  wrongMethod(_id: string): Promise<number> {
    return Promise.resolve(1);
  }

  // @ts-expect-error the filter has no such property
  @Cacheable<Right['typed']>({ condition: (filter) => Boolean(filter.nothing) })
  wrongProperty(filter: Filter, _trace: Trace): Promise<string[]> {
    return Promise.resolve([filter.q]);
  }

  // @ts-expect-error a method that returns no promise cannot be answered from a cache
  @Cacheable({ ttl: '1m' })
  sync(): number {
    return 1;
  }

  // @ts-expect-error '5 minutes' is no duration
  @Cacheable({ ttl: '5 minutes' })
  wrongDuration(): Promise<number> {
    return Promise.resolve(1);
  }

  // @ts-expect-error the result is no text
  @Cacheable({ resultTags: (found: string) => [found] })
  wrongResultTags(id: string): Promise<Metadata> {
    return Promise.resolve({ id, name: '' });
  }

  // @ts-expect-error a transaction that returns no promise has no end to wait for
  @CacheTransactional()
  wrongUnit(_id: string): void {}

  // @ts-expect-error there is no other way to confirm
  @CacheEvict({ region: community.metadata, confirm: 'everywhere' })
  wrongConfirm(_id: string): void {}

  // @ts-expect-error the region's keys are a string and a number
  @CacheEvict(community.member)
  wrongEvict(_community: string): void {}

  // @ts-expect-error the key function takes a number
  @CacheEvict(community.metadata, (id: number) => [String(id)])
  wrongEvictKey(_id: string): void {}

  // @ts-expect-error the parameter is not the method's
  @CacheInvalidate({ tags: (id: number) => [String(id)] })
  wrongTags(_id: string): void {}
}

describe('The types of the decorators', () => {
  it('are checked by the compiler over this file', () => {
    expect(Object.getOwnPropertyNames(Right.prototype)).toContain('byRegion');
    expect(Object.getOwnPropertyNames(Wrong.prototype)).toContain('wrongArgument');
  });
});
