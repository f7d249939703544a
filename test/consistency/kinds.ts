import type { InvalidationOutcome, Region } from 'nuthatch';
import type { Application, Kind, Written } from './kind.js';
import type { Row } from './register.js';
import { REGISTER_DOWN } from './rows.js';
import { groupOf, regions } from './regions.js';

/** Writes the row, then makes the invalidation by hand. */
function byHand(name: string, invalidate: (app: Application, row: number) => Promise<InvalidationOutcome>) {
  return async (app: Application, row: number): Promise<Written> => {
    const { version } = await app.register.write(name, row);
    return { version, outcome: await invalidate(app, row) };
  };
}

function peeking(region: Region<[row: number], Row>) {
  return (app: Application, row: number) => app.cache.get(region, [row]);
}

/** Asks again where the loader failed and what was to answer for it was invalidated meanwhile. */
async function persistently(read: () => Promise<Row>): Promise<Row> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if ((error as Error).message !== REGISTER_DOWN) throw error;
    }
  }
}

/** Rows of each kind; a cell is a row of a kind. */
export const ROWS_PER_KIND = 64;

/** A new kind is a line here, its region and its decorated methods in `rows.ts`. */
export const KINDS: readonly Kind[] = [
  {
    name: 'key',
    weight: 5,
    read: ({ rows }, row) => rows.key(row),
    peek: peeking(regions.key),
    ways: [
      { weight: 2, write: ({ rows }, row) => rows.writeKey(row) },
      { weight: 1, write: byHand('key', ({ cache }, row) => cache.evict(regions.key, [[row]])) },
    ],
  },
  {
    name: 'barred',
    weight: 4,
    read: ({ rows }, row) => rows.barred(row),
    peek: peeking(regions.barred),
    ways: [{ weight: 1, orderly: true, write: ({ rows }, row) => rows.writeBarred(row) }],
  },
  {
    name: 'put',
    weight: 5,
    read: ({ rows }, row) => rows.put(row),
    peek: peeking(regions.put),
    ways: [
      { weight: 3, orderly: true, write: ({ rows }, row) => rows.writePut(row) },
      { weight: 1, write: ({ rows }, row) => rows.evictPut(row) },
    ],
  },
  {
    name: 'set',
    weight: 3,
    alone: true,
    read: ({ rows }, row) => rows.set(row),
    peek: peeking(regions.set),
    ways: [
      {
        weight: 1,
        write: async ({ register, cache }, row) => {
          const written = await register.write('set', row);
          return { version: written.version, outcome: await cache.set(regions.set, [row], written) };
        },
      },
    ],
  },
  {
    name: 'tag',
    weight: 5,
    read: ({ rows }, row) => rows.tag(row),
    peek: peeking(regions.tag),
    ways: [
      { weight: 3, write: ({ rows }, row) => rows.writeTag(row) },
      { weight: 1, write: byHand('tag', ({ cache }, row) => cache.invalidateTags(groupOf(row))) },
    ],
  },
  {
    name: 'clear',
    weight: 2,
    read: ({ rows }, row) => rows.clear(row),
    peek: peeking(regions.clear),
    ways: [{ weight: 1, write: ({ rows }, row) => rows.writeClear(row) }],
  },
  {
    name: 'composed',
    weight: 3,
    read: ({ rows }, row) => rows.composed(row),
    peek: peeking(regions.composed),
    ways: [{ weight: 1, write: ({ rows }, row) => rows.writeComposed(row) }],
  },
  {
    name: 'redis',
    weight: 3,
    read: ({ rows }, row) => rows.redis(row),
    peek: peeking(regions.redis),
    ways: [{ weight: 1, write: ({ rows }, row) => rows.writeRedis(row) }],
  },
  {
    name: 'strict',
    weight: 3,
    strict: true,
    read: ({ rows }, row) => rows.strict(row),
    peek: peeking(regions.strict),
    ways: [
      { weight: 1, write: ({ rows }, row) => rows.writeStrict(row) },
      { weight: 1, write: ({ rows }, row) => rows.condemnStrict(row) },
    ],
  },
  {
    name: 'late',
    weight: 3,
    read: ({ rows }, row) => rows.late(row),
    peek: peeking(regions.late),
    ways: [
      { weight: 2, write: ({ rows }, row) => rows.writeLate(row) },
      { weight: 1, write: byHand('late', ({ cache }, row) => cache.evict(regions.late, [[row]])) },
    ],
  },
  {
    name: 'many',
    weight: 2,
    read: ({ rows }, row) => rows.many(row),
    peek: async ({ cache }, row) => (await cache.getMany(regions.many, [[row + 1], [row]]))[1],
    ways: [
      {
        weight: 1,
        write: byHand('many', ({ cache }, row) => cache.deleteMany(regions.many, [[row + 1], [row]])),
      },
    ],
  },
  {
    name: 'setMany',
    weight: 2,
    alone: true,
    read: ({ rows }, row) => rows.setMany(row),
    peek: peeking(regions.setMany),
    ways: [
      {
        weight: 1,
        write: async ({ register, cache }, row) => {
          const written = await register.write('setMany', row);
          // the second one is read by nobody
          const entries: [[number], Row][] = [
            [[row], written],
            [[row + ROWS_PER_KIND], written],
          ];
          return { version: written.version, outcome: await cache.setMany(regions.setMany, entries) };
        },
      },
    ],
  },
  {
    name: 'unit',
    weight: 3,
    read: ({ rows }, row) => rows.unit(row),
    peek: peeking(regions.unit),
    ways: [
      { weight: 2, write: ({ rows }, row) => rows.writeUnit(row) },
      {
        weight: 1,
        write: ({ cache, register }, row) =>
          cache.afterCommit(async () => {
            await cache.invalidateTags(`unit:${row}`);
            return register.write('unit', row);
          }),
      },
    ],
  },
  {
    name: 'sliding',
    weight: 2,
    read: ({ rows }, row) => rows.sliding(row),
    peek: peeking(regions.sliding),
    ways: [{ weight: 1, write: ({ rows }, row) => rows.writeSliding(row) }],
  },
  {
    name: 'expired',
    weight: 2,
    read: ({ rows }, row) => rows.expired(row),
    peek: peeking(regions.expired),
    ways: [
      { weight: 1, write: byHand('expired', ({ cache }, row) => cache.expire(regions.expired, [[row]])) },
    ],
  },
  {
    name: 'stale',
    weight: 4,
    read: ({ rows }, row) => persistently(() => rows.stale(row)),
    peek: peeking(regions.stale),
    ways: [
      { weight: 2, write: ({ rows }, row) => rows.writeStale(row) },
      { weight: 1, write: byHand('stale', ({ cache }, row) => cache.invalidateTags(`stale:${row}`)) },
    ],
  },
  {
    name: 'ahead',
    weight: 2,
    read: ({ rows }, row) => rows.ahead(row),
    peek: peeking(regions.ahead),
    ways: [{ weight: 1, write: ({ rows }, row) => rows.writeAhead(row) }],
  },
  {
    name: 'route',
    weight: 1,
    read: (app, row) => app.http('GET', `/rows/${row}`),
    ways: [
      { weight: 1, write: (app, row) => app.http('PUT', `/rows/${row}`) },
      { weight: 1, write: ({ rows }, row) => rows.writeRoute(row) },
    ],
  },
];

export function cellOf(kind: number, row: number): number {
  return kind * ROWS_PER_KIND + row;
}

/** The kind and row of a cell. */
export function atCell(cell: number): { readonly kind: Kind; readonly row: number } {
  const kind = KINDS[Math.floor(cell / ROWS_PER_KIND)];
  if (kind === undefined) throw new Error(`no kind has the cell ${cell}`);
  return { kind, row: cell % ROWS_PER_KIND };
}
