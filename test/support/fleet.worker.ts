import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Body, Controller, Get, Inject, Injectable, Module, Param, Put } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import {
  Cacheable,
  CacheEvict,
  CacheInvalidate,
  CacheModule,
  CacheService,
  defineRegions,
  InjectCacheRedis,
  region,
} from 'nuthatch';
import type { CacheModuleOptions } from 'nuthatch';
import { requestText } from './fleet-http.js';
import { serveWorker } from './workers.js';

/** One process of an application that is made of public parts only: a service, a controller and their cache. */

interface Row {
  readonly value: string;
}

/** By which way rows are read and written. */
export type Way = 'key' | 'tag' | 'route' | 'route by service';

/** A script of the cache without the part that fences. */
export type Mutant = 'fill' | 'tags' | 'evict';

export interface FleetOptions {
  readonly redis: string;
  readonly database: string;
  readonly cache?: CacheModuleOptions;
  readonly mutant?: Mutant;
}

const row = defineRegions('row', {
  byKey: region<[id: string], Row>(),
  byTag: region<[id: string], Row>({ tags: (id) => [`row:${id}`] }),
  byRoute: region<[id: string], Row>(),
});

const MUTANTS: Record<Mutant, { readonly script: string; readonly lua: string }> = {
  // stores without asking whether the lease is still its own
  fill: {
    script: 'nuthatch_fill',
    lua: `redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) redis.call('DEL', KEYS[2]) return 1`,
  },
  // tells everybody, but the nonces stay what they are
  tags: { script: 'nuthatch_invalidateTags', lua: `redis.call('PUBLISH', ARGV[1], ARGV[2]) return 1` },
  // deletes entry and lease, but not the nonce of the key's own tag
  evict: {
    script: 'nuthatch_evict',
    lua: `redis.call('DEL', unpack(KEYS, 3)) redis.call('PUBLISH', ARGV[1], ARGV[2]) return 1`,
  },
};

/** The database: a register outside all processes, and loads that a test can hold up after they have read. */
class Database {
  readonly #holds = new Map<string, { readonly read: () => void; readonly finished: Promise<void> }>();

  constructor(readonly redis: Redis) {}

  async load(id: string): Promise<Row> {
    const [[, value], , [, delay]] = (await this.redis
      .multi()
      .get(`row:${id}`)
      .rpush(`loads:${id}`, String(process.pid))
      .get(`delay:${id}`)
      .exec()) as [[null, string | null], unknown, [null, string | null]];
    const hold = this.#holds.get(id);
    this.#holds.delete(id);
    hold?.read();
    await hold?.finished;
    if (delay !== null) await sleep(Number(delay));
    return { value: value ?? 'no row' };
  }

  async write(id: string, value: string): Promise<void> {
    await this.redis.set(`row:${id}`, value);
  }

  /** The next load of a row in this process waits after it has read; `read` resolves then, `finish` lets it go on. */
  hold(id: string): { readonly read: Promise<void>; readonly finish: () => void } {
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const read = new Promise<void>((resolve) => this.#holds.set(id, { read: resolve, finished }));
    return { read, finish };
  }
}

@Injectable()
class Rows {
  constructor(
    @Inject(Database) readonly db: Database,
    @InjectCacheRedis() readonly cacheRedis: Redis,
  ) {}

  @Cacheable(row.byKey)
  byKey(id: string): Promise<Row> {
    return this.db.load(id);
  }

  @CacheEvict(row.byKey, (id: string) => [id])
  async writeByKey(id: string, value: string): Promise<void> {
    await this.db.write(id, value);
  }

  @Cacheable(row.byTag)
  byTag(id: string): Promise<Row> {
    return this.db.load(id);
  }

  @CacheInvalidate({ tags: (id: string) => [`row:${id}`] })
  async writeByTag(id: string, value: string): Promise<void> {
    await this.db.write(id, value);
  }

  @CacheEvict(row.byRoute, (id: string) => [id])
  async writeByRoute(id: string, value: string): Promise<void> {
    await this.db.write(id, value);
  }
}

@Controller('rows')
class RowsController {
  constructor(@Inject(Database) private readonly db: Database) {}

  @Get(':id')
  @Cacheable(row.byRoute)
  get(@Param('id') id: string): Promise<Row> {
    return this.db.load(id);
  }

  @Put(':id')
  @CacheEvict(row.byRoute, (id: string) => [id])
  async put(@Param('id') id: string, @Body() body: Row): Promise<Row> {
    await this.db.write(id, body.value);
    return body;
  }
}

@Module({})
class FleetModule {}

function rootModule({ redis, database, cache }: FleetOptions): DynamicModule {
  return {
    module: FleetModule,
    imports: [CacheModule.forRoot({ redis: { url: redis }, prefix: 'fleet', ...cache })],
    controllers: [RowsController],
    providers: [Rows, { provide: Database, useFactory: () => new Database(new Redis(database)) }],
  };
}

let rows: Rows;
let port = 0;
const reading = new Map<string, { readonly value: Promise<string>; readonly finish: () => void }>();

const methods = {
  start: async (options: FleetOptions): Promise<void> => {
    const app = await NestFactory.create(rootModule(options), { logger: ['error', 'warn'] });
    await app.listen(0, '127.0.0.1');
    port = Number(new URL(await app.getUrl()).port);
    rows = app.get(Rows);
    // a boot does not wait for Redis, but these tests are about what happens with it
    const cache = app.get(CacheService);
    while ((await cache.invalidateTags('anything')) !== 'confirmed') await sleep(5);
    const mutant = options.mutant && MUTANTS[options.mutant];
    if (mutant !== undefined) rows.cacheRedis.defineCommand(mutant.script, { lua: mutant.lua });
  },

  read: (way: Way, id: string): Promise<string> => read(way, id),

  /** Many callers at once; the different values they got, and how many got one. */
  readMany: async (way: Way, id: string, callers: number) => {
    const values = await Promise.all(Array.from({ length: callers }, () => read(way, id)));
    return { values: [...new Set(values)], answered: values.length };
  },

  /** Reads rows, all at once, and gives their values in the same order. */
  readEach: (way: Way, ids: readonly string[]): Promise<string[]> =>
    Promise.all(ids.map((id) => read(way, id))),

  /** Begins to read, and resolves when the loader has read the row and holds it. */
  beginRead: async (way: Way, id: string): Promise<void> => {
    const hold = rows.db.hold(id);
    reading.set(id, { value: read(way, id), finish: hold.finish });
    await hold.read;
  },

  /** Lets the loader return; the value of that read. */
  finishRead: async (id: string): Promise<string | undefined> => {
    const begun = reading.get(id);
    reading.delete(id);
    begun?.finish();
    return begun?.value;
  },

  /** Writes the row and evicts what was cached of it; resolves when both were acknowledged. */
  write: async (way: Way, id: string, value: string): Promise<void> => {
    if (way === 'key') await rows.writeByKey(id, value);
    else if (way === 'tag') await rows.writeByTag(id, value);
    else if (way === 'route by service') await rows.writeByRoute(id, value);
    else await requestText(port, 'PUT', `/rows/${id}`, JSON.stringify({ value }));
  },
};

async function read(way: Way, id: string): Promise<string> {
  if (way === 'key') return (await rows.byKey(id)).value;
  if (way === 'tag') return (await rows.byTag(id)).value;
  const { value } = JSON.parse(await requestText(port, 'GET', `/rows/${id}`)) as Row;
  return value;
}

export type FleetMethods = typeof methods;

serveWorker(methods);
