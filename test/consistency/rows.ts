import { Controller, Get, Inject, Injectable, Param, ParseIntPipe, Put } from '@nestjs/common';
import {
  Cacheable,
  cacheContext,
  CacheEvict,
  CacheInvalidate,
  CachePut,
  CacheService,
  CacheTransactional,
} from 'nuthatch';
import { Register } from './register.js';
import type { Row } from './register.js';
import { regions } from './regions.js';

/** Why loaders fail that have something to answer for them. */
export const REGISTER_DOWN = 'the register is down';

/** The service of the application under test: per kind of row a cached read and what writes it. */
@Injectable()
export class Rows {
  constructor(
    @Inject(Register) readonly register: Register,
    @Inject(CacheService) readonly cache: CacheService,
  ) {}

  @Cacheable(regions.key)
  key(row: number): Promise<Row> {
    return this.register.load('key', row);
  }

  @CacheEvict(regions.key)
  writeKey(row: number): Promise<Row> {
    return this.register.write('key', row);
  }

  @Cacheable(regions.barred)
  barred(row: number): Promise<Row> {
    return this.register.load('barred', row);
  }

  @CacheEvict({ region: regions.barred, strict: true })
  writeBarred(row: number): Promise<Row> {
    return this.register.write('barred', row);
  }

  @Cacheable(regions.put)
  put(row: number): Promise<Row> {
    return this.register.load('put', row);
  }

  @CachePut(regions.put)
  writePut(row: number): Promise<Row> {
    return this.register.write('put', row);
  }

  @CacheEvict(regions.put)
  evictPut(row: number): Promise<Row> {
    return this.register.write('put', row);
  }

  set(row: number): Promise<Row> {
    return this.cache.getOrSet(regions.set, [row], () => this.register.load('set', row));
  }

  @Cacheable(regions.tag)
  tag(row: number): Promise<Row> {
    return this.register.load('tag', row);
  }

  @CacheInvalidate({ tags: (row: number) => [`tag:${row}`] })
  writeTag(row: number): Promise<Row> {
    return this.register.write('tag', row);
  }

  @Cacheable(regions.clear)
  clear(row: number): Promise<Row> {
    return this.register.load('clear', row);
  }

  @CacheEvict({ region: regions.clear, allEntries: true })
  writeClear(row: number): Promise<Row> {
    return this.register.write('clear', row);
  }

  @Cacheable(regions.inner)
  inner(row: number): Promise<Row> {
    return this.register.load('composed', row);
  }

  @Cacheable(regions.composed)
  composed(row: number): Promise<Row> {
    return this.inner(row);
  }

  @CacheInvalidate({ tags: (row: number) => [`composed:${row}`] })
  writeComposed(row: number): Promise<Row> {
    return this.register.write('composed', row);
  }

  @Cacheable(regions.redis)
  redis(row: number): Promise<Row> {
    return this.register.load('redis', row);
  }

  @CacheEvict(regions.redis)
  writeRedis(row: number): Promise<Row> {
    return this.register.write('redis', row);
  }

  @Cacheable(regions.strict)
  strict(row: number): Promise<Row> {
    return this.register.load('strict', row);
  }

  @CacheEvict(regions.strict)
  writeStrict(row: number): Promise<Row> {
    return this.register.write('strict', row);
  }

  @CacheInvalidate({ tags: (row: number) => [`strict:${row}`] })
  condemnStrict(row: number): Promise<Row> {
    return this.register.write('strict', row);
  }

  @Cacheable(regions.late)
  late(row: number): Promise<Row> {
    return this.register.load('late', row);
  }

  @CacheInvalidate({ tags: (row: number) => [`late:${row}`] })
  writeLate(row: number): Promise<Row> {
    return this.register.write('late', row);
  }

  /** A row among its neighbours. */
  async many(row: number): Promise<Row> {
    const wanted = [row + 2, row, row + 1];
    const found = await this.cache.getOrSetMany(
      regions.many,
      wanted.map((one): [number] => [one]),
      (missing) =>
        this.register.loadMany(
          'many',
          missing.map(([one]) => one),
        ),
    );
    return found[1] as Row;
  }

  async setMany(row: number): Promise<Row> {
    const load = (missing: readonly [row: number][]) =>
      this.register.loadMany(
        'setMany',
        missing.map(([one]) => one),
      );
    const [found] = await this.cache.getOrSetMany(regions.setMany, [[row]], load);
    return found as Row;
  }

  @Cacheable(regions.unit)
  unit(row: number): Promise<Row> {
    return this.register.load('unit', row);
  }

  @CacheEvict(regions.unit)
  evictUnit(row: number): Promise<Row> {
    return this.register.write('unit', row);
  }

  @CacheTransactional()
  async writeUnit(row: number): Promise<Row> {
    const written = await this.evictUnit(row);
    const inside = await this.unit(row);
    if (inside.version < written.version) throw new Error('a unit of work does not see its own write');
    return written;
  }

  @Cacheable(regions.sliding)
  sliding(row: number): Promise<Row> {
    return this.register.load('sliding', row);
  }

  @CacheEvict(regions.sliding)
  writeSliding(row: number): Promise<Row> {
    return this.register.write('sliding', row);
  }

  /** Fails often where a stale value is there to answer. */
  @Cacheable(regions.stale)
  async stale(row: number): Promise<Row> {
    const { stale } = cacheContext<Row>();
    const read = await this.register.load('stale', row);
    if (stale !== undefined && Math.random() < 0.4) throw new Error(REGISTER_DOWN);
    return read;
  }

  @CacheEvict(regions.stale)
  writeStale(row: number): Promise<Row> {
    return this.register.write('stale', row);
  }

  /** Fails often where it runs ahead of time. */
  @Cacheable(regions.ahead)
  async ahead(row: number): Promise<Row> {
    const { stale } = cacheContext<Row>();
    const read = await this.register.load('ahead', row);
    if (stale !== undefined && Math.random() < 0.4) throw new Error(REGISTER_DOWN);
    return read;
  }

  @CacheEvict(regions.ahead)
  writeAhead(row: number): Promise<Row> {
    return this.register.write('ahead', row);
  }

  @Cacheable(regions.expired)
  expired(row: number): Promise<Row> {
    return this.register.load('expired', row);
  }

  @CacheEvict(regions.route)
  writeRoute(row: number): Promise<Row> {
    return this.register.write('route', row);
  }
}

/** The routes of the application under test. */
@Controller('rows')
export class RowsController {
  constructor(@Inject(Register) private readonly register: Register) {}

  @Get(':row')
  @Cacheable(regions.route)
  get(@Param('row', ParseIntPipe) row: number): Promise<Row> {
    return this.register.load('route', row);
  }

  @Put(':row')
  @CacheEvict(regions.route)
  put(@Param('row', ParseIntPipe) row: number): Promise<Row> {
    return this.register.write('route', row);
  }
}
