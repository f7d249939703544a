import type { ExecProtocolOptionsStream, PGlite } from '@electric-sql/pglite';

/** The messages that belong to a series which only a Sync ends: Parse, Bind, Describe, Execute, Close, Flush, copied data. */
const WITHIN_A_SERIES = new Set(Array.from('PBDECHd', (letter) => letter.charCodeAt(0)));

/** What the socket server uses of a database. */
type Served = Pick<
  PGlite,
  'waitReady' | 'isInTransaction' | 'runExclusive' | 'execProtocolRawStream' | 'exec'
>;

/**
 * A PGlite that keeps the messages of one query together when several connections share it.
 * The socket server queues single messages, and lets other connections in between unless a transaction is open. PGlite has one
 * session: a Parse of another connection between this one's Parse and Bind replaces the unnamed statement, and the caller gets
 * the other's rows. So a series that waits for its Sync is reported as an open transaction.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
export class WholeSeries implements Served {
  private withinSeries = false;

  constructor(private readonly database: Served) {}

  /** Itself under the type that the socket server asks for; it uses no other member. */
  asPGlite(): PGlite {
    return this as unknown as PGlite;
  }

  get waitReady(): Promise<void> {
    return this.database.waitReady;
  }

  isInTransaction(): boolean {
    return this.withinSeries || this.database.isInTransaction();
  }

  runExclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.database.runExclusive(work);
  }

  execProtocolRawStream(message: Uint8Array, options: ExecProtocolOptionsStream): Promise<void> {
    this.withinSeries = WITHIN_A_SERIES.has(message[0] ?? 0);
    return this.database.execProtocolRawStream(message, options);
  }

  /** The socket server's ROLLBACK for a connection that broke off, possibly amid a series. */
  exec(...args: Parameters<PGlite['exec']>): ReturnType<PGlite['exec']> {
    this.withinSeries = false;
    return this.database.exec(...args);
  }
}
