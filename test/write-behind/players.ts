import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { BehindContext, BehindWrite, RegionOptions } from 'nuthatch';
import { Cacheable, WriteBehind, WriteBehindHandler, defineRegions, region } from 'nuthatch';

export interface Position {
  readonly x: number;
}

/** A database that keeps of each key the newest version only, as handlers are told to. */
export class Database {
  readonly rows = new Map<string, { readonly value: Position; readonly version: number }>();
  readonly batches: { readonly size: number; readonly context: BehindContext }[] = [];
  loads = 0;
  closed = false;
  refuses: (write: BehindWrite<[id: string], Position>) => boolean = () => false;

  write(batch: readonly BehindWrite<[id: string], Position>[], context: BehindContext): void {
    if (this.closed) throw new Error('the database is closed');
    if (batch.some(this.refuses)) throw Object.assign(new Error('check'), { code: '23514' });
    this.batches.push({ size: batch.length, context });
    for (const { args, value, version } of batch) {
      const before = this.rows.get(args[0])?.version ?? 0;
      if (version > before) this.rows.set(args[0], { value, version });
    }
  }

  read(id: string): Position {
    this.loads++;
    return this.rows.get(id)?.value ?? { x: 0 };
  }
}

type Options = RegionOptions<[id: string], Position>;

/** A region that is written behind, the service that uses it, and the handler that writes to a database. */
export function players(db: Database, options: Partial<Options> = {}) {
  const { position } = defineRegions(`players-${randomUUID().slice(0, 8)}`, {
    position: region<[id: string], Position>({ ttl: '1h', writeBehind: true, ...options }),
  });

  @Injectable()
  class Players {
    @Cacheable(position)
    async find(id: string): Promise<Position> {
      return db.read(id);
    }

    @WriteBehind(position, (id: string) => [id])
    async move(_id: string, x: number): Promise<Position> {
      return { x };
    }
  }

  @Injectable()
  @WriteBehindHandler(position, { maxDelay: 20 })
  class PositionWriter {
    async write(
      batch: readonly BehindWrite<[id: string], Position>[],
      context: BehindContext,
    ): Promise<void> {
      db.write(batch, context);
    }

    async onApplicationShutdown(): Promise<void> {
      db.closed = true;
    }
  }
  return { position, Players, PositionWriter };
}
