import 'reflect-metadata';
import { Injectable } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CacheModule, CacheService, Cacheable } from 'nuthatch';
import type { CacheModuleOptions } from 'nuthatch';

/*
 * A whole life of an application, for a test to watch from outside: it boots, waits for Redis, uses the cache, closes, and
 * ends by itself, or not. What it does is JSON in its first argument, what it has to tell is one JSON per line.
 */
interface Life {
  readonly cache: CacheModuleOptions;
  /** Wait until Redis confirms. */
  readonly connect?: boolean;
  readonly http?: boolean;
  /** Leave a load in the air that takes so many milliseconds; 0 means that it never ends. */
  readonly loading?: number;
  /** Wait for a line on stdin before closing. */
  readonly hold?: boolean;
  /** Do not close. */
  readonly leave?: boolean;
}

@Injectable()
class Shelf {
  loads = 0;

  @Cacheable({ region: 'shelf' })
  async find(id: string): Promise<string> {
    this.loads += 1;
    return id;
  }

  @Cacheable({ region: 'slow' })
  slow(ms: number): Promise<string> {
    return new Promise((resolve) => {
      if (ms > 0) setTimeout(resolve, ms, 'slow');
    });
  }
}

const tell = (what: object) => console.log(JSON.stringify(what));

const life = JSON.parse(process.argv[2] ?? '{}') as Life;
const root = { module: class Root {}, imports: [CacheModule.forRoot(life.cache)], providers: [Shelf] };
const options = { logger: false, abortOnError: false } as const;
const app = life.http
  ? await NestFactory.create(root, options)
  : await NestFactory.createApplicationContext(root, options);
if (life.http) await (app as INestApplication).listen(0, '127.0.0.1');

const cache = app.get(CacheService);
while (life.connect && (await cache.set('canary', [], 1)) !== 'confirmed') await new Promise(setImmediate);
const shelf = app.get(Shelf);
for (let call = 1; call <= 3; call++) await shelf.find('oak');
const slow = life.loading === undefined ? undefined : shelf.slow(life.loading);
slow?.then(
  (answer) => tell({ answer }),
  () => undefined,
);
tell({ loads: shelf.loads, open: process.getActiveResourcesInfo() });

if (life.hold) await new Promise((resolve) => process.stdin.once('data', resolve));
process.stdin.destroy();
if (!life.leave) {
  await app.close();
  tell({ closed: true });
}
