import { describe, expect, it } from '@jest/globals';
import type { BehindHandler, BehindRegion, BehindTerms, BehindWrite } from '../contracts/behind-handler.js';
import { CacheError } from '../contracts/errors.js';
import type { Appended, LogPlace, LoggedWrite, WriteLog } from '../contracts/write-log.js';
import { FakeClock } from '../testing/fake-clock.js';
import { LocalWriteLog } from './local-write-log.js';
import { Versions } from './versions.js';
import { WriteQueue } from './write-queue.js';

const PLACE: LogPlace = { region: 'r', partition: 0 };
const TERMS: BehindTerms = {
  kind: 'state',
  durability: 'memory',
  partitions: 1,
  maxDepth: 2,
  whenFull: 'reject',
  blockForMs: 1_000,
};

/** A log that can be told to be away, to hang, or to secure nothing. */
class MoodyLog extends LocalWriteLog {
  away = false;
  hangs = false;
  /** What an append rejects with. */
  breaks: CacheError | undefined;
  secures = false;
  appends = 0;

  override reachable(): boolean {
    return !this.away;
  }

  override append(...given: Parameters<WriteLog['append']>): Promise<Appended> {
    this.appends++;
    if (this.breaks !== undefined) return Promise.reject(this.breaks);
    return this.hangs ? new Promise(() => undefined) : super.append(...given);
  }

  override secured(): Promise<boolean> {
    return Promise.resolve(this.secures);
  }
}

function world(terms: Partial<BehindTerms> = {}, { hasHandler = true, trusted = true } = {}) {
  const clock = new FakeClock();
  const log = new MoodyLog(clock);
  const region: BehindRegion = {
    name: 'r',
    terms: { ...TERMS, ...terms },
    decode: (args, value) => ({ args: [args.toString()], value: value.toString() }),
  };
  const written: BehindWrite[] = [];
  const calls: Parameters<BehindHandler['write']>[1][] = [];
  const handler: BehindHandler = {
    region,
    terms: { batch: 1, maxDelayMs: 0, coalesce: true, attempts: 1, permanent: undefined },
    write: async (batch, context) => {
      calls.push(context);
      written.push(...batch);
    },
  };
  const queue = new WriteQueue({
    region,
    log,
    clock,
    ackTimeoutMs: 1_000,
    handler: () => (hasHandler ? handler : undefined),
    trusted: () => Promise.resolve(trusted),
    random: () => 1,
  });
  let number = 0;
  const write = (value = 'v'): LoggedWrite => ({
    id: `id${number++}`,
    key: 'k',
    args: Buffer.from('a'),
    value: Buffer.from(value),
    marks: true,
  });
  const micros = () => clock.wall() * 1_000;
  return { clock, log, queue, write, written, calls, micros, handler };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  return error instanceof CacheError ? error.code : String(error);
}

describe('the queue of a region', () => {
  it('acknowledges a write when its log has it, and calls no handler', async () => {
    const { queue, write, log, written } = world();
    const first = await queue.put(PLACE, write());
    const second = await queue.put(PLACE, write('w'));
    expect([first.via, second.via]).toEqual(['queue', 'queue']);
    expect(second.version).toBeGreaterThan(first.version);
    expect((await log.unsettled(PLACE, 'k'))?.value.toString()).toBe('w');
    expect(written).toEqual([]);
  });

  it('gives a direct write a version above what a log that is not trusted holds', async () => {
    const { queue, write, log, written } = world({}, { trusted: false });
    const terms = { maxDepth: 1, floor: 5e15, deadline: Number.MAX_SAFE_INTEGER };
    await log.append(PLACE, write('earlier'), terms);
    const { version } = await queue.put(PLACE, write('later'));
    expect(version).toBeGreaterThan(5e15 + 1);
    expect(written).toMatchObject([{ value: 'later', version }]);
  });

  it.each([
    ['is not reachable', true, true],
    ['is not known to keep what it acknowledges', false, false],
  ])('writes to the database at once when the log %s', async (_what, away, trusted) => {
    const { queue, write, log, written, calls } = world({}, { trusted });
    log.away = away;
    const put = await queue.put(PLACE, write('now'));
    expect(put.via).toBe('through');
    expect(log.appends).toBe(0);
    expect(written).toEqual([{ args: ['a'], value: 'now', version: put.version, id: 'id0' }]);
    expect(calls[0]).toMatchObject({ through: true, fence: 0, attempt: 1, region: 'r', partition: 0 });
  });

  it('writes at once, with a version above what the log may have given, when the log does not answer in time', async () => {
    const { queue, write, log, clock, written, micros } = world();
    log.hangs = true;
    const deadline = micros() + 1_000_000;
    const put = queue.put(PLACE, write());
    await clock.advance(999);
    expect(written).toEqual([]);
    await clock.advance(1);
    expect((await put).via).toBe('through');
    expect((await put).version).toBeGreaterThan(deadline);
  });

  it('gives later writes versions above that of a direct one', async () => {
    const { queue, write, log, clock } = world();
    log.hangs = true;
    const put = queue.put(PLACE, write());
    await clock.advance(1_000);
    const direct = await put;
    log.hangs = false;
    const queued = await queue.put(PLACE, write());
    expect(queued.via).toBe('queue');
    expect(queued.version).toBeGreaterThan(direct.version);
  });

  it.each(['replicated', 'fsync'] as const)('acknowledges as %s only what is secured', async (durability) => {
    const { queue, write, log, written } = world({ durability });
    const direct = await queue.put(PLACE, write());
    expect(direct.via).toBe('through');
    expect(written).toHaveLength(1);
    log.secures = true;
    expect((await queue.put(PLACE, write())).via).toBe('queue');
    expect(written).toHaveLength(1);
  });

  it('refuses what a full log does not take', async () => {
    const { queue, write, log } = world();
    await queue.put(PLACE, write());
    await queue.put(PLACE, write());
    await expect(codeOf(queue.put(PLACE, write()))).resolves.toBe('WRITE_BEHIND_FULL');
    expect((await log.figures(PLACE)).depth).toBe(2);
  });

  it('waits for room, and gives up after blockFor', async () => {
    const { queue, write, log, clock } = world({ whenFull: 'block' });
    await queue.put(PLACE, write());
    await queue.put(PLACE, write());
    const waiting = queue.put(PLACE, write());
    await clock.advance(300);
    const grip = await log.claim(PLACE, 'me', 10_000);
    const taken = (grip && (await log.take(PLACE, grip, 1))) ?? [];
    expect(grip && (await log.settle(PLACE, grip, taken))).toBe(true);
    await clock.advance(300);
    expect((await waiting).via).toBe('queue');
    const outcome = codeOf(queue.put(PLACE, write()));
    await clock.advance(1_100);
    await expect(outcome).resolves.toBe('WRITE_BEHIND_FULL');
  });

  it('writes at once what a full log does not take, with a version of the log, where that is wanted', async () => {
    const { queue, write, written } = world({ whenFull: 'through' });
    await queue.put(PLACE, write());
    const second = await queue.put(PLACE, write());
    const third = await queue.put(PLACE, write('third'));
    expect(third.via).toBe('through');
    expect(third.version).toBeGreaterThan(second.version);
    expect(written.map(({ value }) => value)).toEqual(['third']);
  });

  it('acknowledges nothing where neither log nor handler can take it', async () => {
    const { queue, write, log } = world({}, { hasHandler: false });
    log.away = true;
    await expect(codeOf(queue.put(PLACE, write()))).resolves.toBe('WRITE_BEHIND_UNAVAILABLE');
    await expect(codeOf(queue.put(undefined, write()))).resolves.toBe('WRITE_BEHIND_UNAVAILABLE');
  });

  it('fails with the error of the handler that was to write at once', async () => {
    const { queue, write, log, handler } = world();
    log.away = true;
    Object.assign(handler, { write: () => Promise.reject(new RangeError('no')) });
    await expect(queue.put(PLACE, write())).rejects.toThrow(new RangeError('no'));
  });
});

describe('versions', () => {
  it('rise, also when the clock stands still or runs backwards', () => {
    const versions = new Versions();
    expect([versions.next(10.7), versions.next(10), versions.next(5)]).toEqual([10, 11, 12]);
    versions.saw(20);
    versions.saw(15);
    expect([versions.last, versions.next(5), versions.next(100)]).toEqual([20, 21, 100]);
  });
});

describe('an append that came to nothing', () => {
  it('is waited out when it may still be executed, so that no version runs ahead of what others get', async () => {
    const { queue, write, log, clock, micros, written } = world();
    log.breaks = new CacheError('REDIS_UNAVAILABLE', 'connection closed');
    const put = queue.put(PLACE, write());
    const deadline = micros() + 1_000_000;
    await clock.advance(999);
    expect(written).toEqual([]);
    await clock.advance(1);
    const { version, via } = await put;
    expect([via, version]).toEqual(['through', deadline + 1]);
  });

  it('is not waited for when the server has refused it', async () => {
    const { queue, write, log, micros } = world();
    log.breaks = new CacheError('REDIS_REFUSED', 'Redis answered OOM');
    expect(await queue.put(PLACE, write())).toEqual({ version: micros(), via: 'through' });
  });
});
