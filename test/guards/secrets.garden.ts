import { Injectable } from '@nestjs/common';
import type { CanActivate } from '@nestjs/common';
import {
  CacheEvict,
  CacheInvalidate,
  CachePut,
  CacheTransactional,
  Cacheable,
  defineRegions,
  region,
} from 'nuthatch';

/** What everything that must not be told has in it. */
export const MARK = 'SECRET';

/** An error as a user's code may throw it: the mark is in its message, its name and its properties. */
export function secretError(): Error {
  return Object.assign(new RangeError(`${MARK}-message`), { name: `${MARK}-name`, key: `${MARK}-property` });
}

export const fail = (): never => {
  throw secretError();
};

/** A class whose instances are not stored. */
export class Nut {
  readonly shell = `${MARK}-value`;
}

export const regions = defineRegions('garden', {
  plain: region<[id: string], unknown>({ memory: false, tags: (id) => [`${MARK}-tag-${id}`] }),
  memory: region<[id: string], unknown>(),
  badTags: region<[id: string], unknown>({ tags: fail }),
  lateTags: region<[id: string], unknown>({ resultTags: (async () => fail()) as never }),
  typed: region<[id: string], Nut>({ memory: false, type: Nut, revive: fail }),
});

/** Decorated methods whose options fail in every way. */
@Injectable()
export class Garden {
  @Cacheable({ region: regions.plain, key: fail })
  badKey(_id: string): Promise<unknown> {
    return this.answer();
  }

  @Cacheable({ region: regions.plain, key: (async () => fail()) as never })
  asyncKey(_id: string): Promise<unknown> {
    return this.answer();
  }

  @Cacheable({ region: regions.plain, condition: (async () => fail()) as never })
  asyncCondition(_id: string): Promise<unknown> {
    return this.answer();
  }

  @Cacheable({ region: regions.plain, unless: (() => `${MARK}-yes`) as never })
  unlessNoBoolean(_id: string): Promise<unknown> {
    return this.answer();
  }

  @Cacheable({ region: regions.plain, tags: (() => `${MARK}-tag`) as never, ttl: fail })
  badTags(_id: string): Promise<unknown> {
    return this.answer();
  }

  @Cacheable({ region: 'garden.anything' })
  anything(_what: unknown): Promise<unknown> {
    return this.answer();
  }

  @CachePut({ region: regions.plain, key: fail })
  badPut(_id: string): Promise<unknown> {
    return this.answer();
  }

  @CacheEvict({ region: regions.plain, key: fail, strict: true })
  badEvict(_id: string): Promise<unknown> {
    return this.answer();
  }

  @CacheEvict({ region: 'garden.anything' })
  evictAnything(_what: unknown): Promise<unknown> {
    return this.answer();
  }

  @CacheInvalidate({ tags: fail })
  badInvalidate(_id: string): Promise<unknown> {
    return this.answer();
  }

  @CacheTransactional({ rolledBack: (async () => fail()) as never })
  badUnit(_id: string): Promise<unknown> {
    return fail();
  }

  private async answer(): Promise<unknown> {
    return { seed: `${MARK}-value` };
  }
}

/** A guard of the monitoring routes that does not work. */
@Injectable()
export class BrokenGuard implements CanActivate {
  canActivate(): boolean {
    return fail();
  }
}
