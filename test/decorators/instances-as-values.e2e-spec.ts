import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { CachePut, Cacheable, defineRegions, region } from 'nuthatch';
import { PLACES, usePlace } from '../support/app.js';

class User {
  secret = 'unset';

  constructor(
    readonly name: string,
    readonly born: Date,
  ) {}

  greet(): string {
    return `${this.name} of ${this.born.getUTCFullYear()}`;
  }
}

class Admin extends User {}

const ada = () => new User('Ada', new Date(Date.UTC(1815, 11, 10)));
const revive = (plain: Record<string, unknown>) =>
  Object.assign(new User(plain.name as string, plain.born as Date), plain);

describe.each(PLACES)('A result that holds instances of a class, %s', (name) => {
  const place = usePlace(name);
  const { memory } = place;
  const people = defineRegions('people', {
    untyped: region<[kind: string], unknown>({ memory }),
    one: region<[kind: string], User | null>({ memory, type: User, revive }),
    many: region<[], User[]>({ memory, type: User, revive }),
    broken: region<[], User>({
      memory,
      type: User,
      revive: () => {
        throw new RangeError('cannot be revived');
      },
    }),
  });

  @Injectable()
  class People {
    loads = 0;
    next: unknown;
    readonly given: unknown[] = [];

    @Cacheable(people.untyped)
    untyped(_kind: string): Promise<unknown> {
      return this.give(this.next);
    }

    @CachePut(people.untyped)
    put(_kind: string): Promise<unknown> {
      return this.give(this.next);
    }

    @Cacheable(people.one)
    one(kind: string): Promise<User | null> {
      const people: Record<string, User> = { ada: ada(), admin: new Admin('Root', new Date(0)) };
      return this.give(people[kind] ?? null);
    }

    @Cacheable(people.many)
    many(): Promise<User[]> {
      return this.give([ada(), ada()]);
    }

    @Cacheable(people.broken)
    broken(): Promise<User> {
      return this.give(ada());
    }

    private async give<T>(value: T): Promise<T> {
      this.loads += 1;
      this.given.push(value);
      return value;
    }
  }

  async function start() {
    const booted = await place.boot({ providers: [People] });
    return { service: booted.get(People), log: booted.log };
  }

  it.each([
    ['itself', () => ada()],
    ['in an object', () => ({ list: [{ user: ada() }] })],
    ['in a Map', () => new Map([['ada', ada()]])],
    ['by an object without a class but with a method', () => ({ greet: () => 'hello' })],
  ])('is not stored, %s, and handed on as it is', async (_, make) => {
    const { service } = await start();
    service.next = make();
    expect(await service.untyped('ada')).toBe(service.next);
    expect(await service.untyped('ada')).toBe(service.next);
    expect(service.loads).toBe(2);
    expect(await place.keys('1:v:{people.*')).toEqual([]);
  });

  it('is reported once, with the name of the class and the region, and without any of its values', async () => {
    const { service, log } = await start();
    service.next = ada();
    await service.untyped('ada');
    await service.untyped('ada');
    await service.untyped('eve');
    expect(log.about('people.untyped')).toEqual([expect.stringContaining('instance of User')]);
    expect(log.lines.join()).not.toContain('Ada');
  });

  it('evicts what a @CachePut would have replaced', async () => {
    const { service } = await start();
    service.next = 'plain';
    await service.untyped('ada');
    service.next = ada();
    expect(await service.put('ada')).toBe(service.next);
    service.next = 'newer';
    expect(await service.untyped('ada')).toBe('newer');
  });

  it('gives instances on the first call and on every hit when its region names the class', async () => {
    const [{ service }, { service: other }] = [await start(), await start()];
    const answers = [await service.one('ada'), await service.one('ada'), await other.one('ada')];
    for (const answer of answers) {
      expect(answer).toBeInstanceOf(User);
      expect(answer).toEqual(ada());
      expect(answer?.greet()).toBe('Ada of 1815');
    }
    expect([service.loads, other.loads]).toEqual([1, place.hasRedis ? 0 : 1]);
    expect(new Set([...answers, service.given[0]]).size).toBe(4);
  });

  it('gives each caller an instance of its own, that it may change', async () => {
    const { service } = await start();
    for (const user of [await service.one('ada'), await service.one('ada')]) {
      if (user === null) throw new Error('there is a user');
      expect(user.secret).toBe('unset');
      user.secret = 'mine';
      user.born.setTime(0);
    }
    expect(await service.one('ada')).toEqual(ada());
    expect(service.loads).toBe(1);
  });

  it('gives arrays of instances, and null as null', async () => {
    const { service } = await start();
    for (const users of [await service.many(), await service.many()]) {
      expect(users).toEqual([ada(), ada()]);
      expect(users.every((user) => user instanceof User)).toBe(true);
    }
    for (const none of [await service.one('nobody'), await service.one('nobody')]) expect(none).toBeNull();
    expect(service.loads).toBe(2);
  });

  it('is not stored when it is of a subclass, which reviving would lose', async () => {
    const { service, log } = await start();
    for (const user of [await service.one('admin'), await service.one('admin')]) {
      expect(user).toBeInstanceOf(Admin);
    }
    expect(service.loads).toBe(2);
    expect(log.about('people.one')).toEqual([expect.stringContaining('instance of Admin')]);
  });

  it('answers with the loader’s own, and says so once, when reviving fails', async () => {
    const { service, log } = await start();
    expect(await service.broken()).toBe(service.given[0]);
    expect(await service.broken()).toBe(service.given[1]);
    expect(service.loads).toBe(2);
    expect(log.about('people.broken')).toEqual([expect.stringContaining('revive')]);
  });
});
