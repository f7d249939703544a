import { Injectable } from '@nestjs/common';
import { StrategyOf, counters, defineRegions, ranking, region } from 'nuthatch';

export interface Book {
  readonly isbn: string;
  readonly title: string;
  readonly shelf: string;
}

/** What the library caches, how long, and what condemns it. Another region is another entry. */
export const lending = defineRegions('lending', {
  book: region<[isbn: string], Book | null>({ ttl: '1h', nullTtl: '10s' }),
  shelf: region<[shelf: string], Book[]>({ ttl: '5m', tags: (shelf) => [`shelf:${shelf}`] }),
  loans: counters<[isbn: string]>({ ttl: '1d' }),
  popular: ranking<[]>({ ttl: '7d', halfLife: '30d' }),
});

@Injectable()
export class LendingStrategy extends StrategyOf(lending) {
  /** Writes a book through; the shelves that may show it are loaded anew. */
  async save(book: Book, before: Book | null, write: () => Promise<Book>): Promise<Book | null> {
    const shelves = new Set([book.shelf, before?.shelf ?? book.shelf]);
    try {
      return await this.book.write([book.isbn], write);
    } finally {
      // a write that fails may have reached the database
      await this.invalidateTags(...[...shelves].map((shelf) => `shelf:${shelf}`));
    }
  }

  /** Lends a book out: `lend` writes to the database and says whether the reader did not have it already. */
  lend(isbn: string, reader: string, lend: () => Promise<boolean>): Promise<boolean> {
    const [loans, popular] = [this.loans.at(isbn), this.popular.at()];
    return this.change([loans, popular], { subject: `${isbn} ${reader}` }, async (change) => {
      const isNew = await lend();
      if (!isNew) return false;
      change.add(loans, { out: 1 });
      change.bump(popular, { member: isbn, at: Date.now() });
      return true;
    });
  }
}
