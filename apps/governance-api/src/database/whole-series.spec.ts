import { describe, expect, it } from '@jest/globals';
import { WholeSeries } from './whole-series.js';

type Database = ConstructorParameters<typeof WholeSeries>[0];

/** A database that is in a transaction when told so, and notes what it was given. */
function scene() {
  const seen: string[] = [];
  const state = { inTransaction: false };
  const database = {
    waitReady: Promise.resolve(),
    isInTransaction: () => state.inTransaction,
    runExclusive: (work: () => Promise<unknown>) => work(),
    execProtocolRawStream: (message: Uint8Array) => {
      seen.push(String.fromCharCode(message[0] ?? 0));
      return Promise.resolve();
    },
    exec: (query: string) => {
      seen.push(query);
      return Promise.resolve([]);
    },
  } as unknown as Database;
  const series = new WholeSeries(database);
  const send = (letter: string) =>
    series.execProtocolRawStream(Uint8Array.of(letter.charCodeAt(0)), { onRawData: () => undefined });
  return { series, send, state, seen };
}

describe('WholeSeries', () => {
  it('holds others off from the first message of a series until its Sync', async () => {
    const { series, send, seen } = scene();
    for (const letter of 'PBDECHd') {
      await send(letter);
      expect(series.isInTransaction()).toBe(true);
    }
    await send('S');
    expect(series.isInTransaction()).toBe(false);
    expect(seen.join('')).toBe('PBDECHdS');
  });

  it.each(['Q', 'S', 'X', 'c', 'f', '\0'])('lets others in after a message %j', async (letter) => {
    const { series, send } = scene();
    await send('P');
    await send(letter);
    expect(series.isInTransaction()).toBe(false);
  });

  it('reports a transaction of the database itself', () => {
    const { series, state } = scene();
    state.inTransaction = true;
    expect(series.isInTransaction()).toBe(true);
  });

  it('lets others in when the connection of a half-sent series is rolled back', async () => {
    const { series, send, seen } = scene();
    await send('P');
    await series.exec('ROLLBACK');
    expect(series.isInTransaction()).toBe(false);
    expect(seen).toEqual(['P', 'ROLLBACK']);
  });
});
