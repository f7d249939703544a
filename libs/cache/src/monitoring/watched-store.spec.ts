import { describe, expect, it } from '@jest/globals';
import { CacheError } from '../contracts/errors.js';
import type { Store } from '../contracts/store.js';
import { silentReporter } from '../contracts/events.js';
import { storeContract } from '../testing/contracts/store.js';
import { FakeClock } from '../testing/fake-clock.js';
import { MemoryStore } from '../testing/memory/memory-store.js';
import { LogReporter } from './log-reporter.js';
import { WatchedStore } from './watched-store.js';

const OOM = new CacheError('REDIS_REFUSED', 'Redis answered OOM');
const AWAY = new CacheError('REDIS_UNAVAILABLE', 'Redis did not answer: ECONNRESET');
const TIMEOUT = new CacheError('REDIS_TIMEOUT', 'no answer within 50 ms');
const ENTRY = { bytes: Buffer.from('secret'), ttlMs: 1, tags: [] };

/** A watched store whose every command ends in `error`, or succeeds. */
function setUp(error?: Error) {
  const lines: string[] = [];
  const reporter = new LogReporter({ warn: (line: string) => lines.push(line), log: () => undefined });
  const timedOut: string[] = [];
  let calls = 0;
  const command = async () => {
    calls++;
    if (error !== undefined) throw error;
    return 'reply';
  };
  const inner = new Proxy({} as Store, {
    get: (_, name) => (name === 'timedOut' ? (key: string) => timedOut.push(key) : command),
  });
  return { store: new WatchedStore(inner, reporter), reporter, lines, timedOut, calls: () => calls };
}

const KEY = 'trees:s3:oak';
const commands: [name: string, run: (store: Store) => Promise<unknown>, consequence: string][] = [
  ['read', (store) => store.read(KEY, []), 'values are loaded anew'],
  ['nonces', (store) => store.nonces(['@trees', '#secret'], 1), 'values are not kept there'],
  ['lateNonces', (store) => store.lateNonces(['@trees'], [], 1), 'values are not kept there'],
  ['lease', (store) => store.lease(KEY, { token: '', ms: 1, badId: '' }), 'values are not kept there'],
  ['fill', (store) => store.fill(KEY, '', ENTRY), 'values are not kept there'],
  ['touch', (store) => store.touch(KEY, '', { softExpiry: 1, hardExpiry: 1, ttlMs: 1 }), 'not prolonged'],
  ['evict', (store) => store.evict([KEY]), 'may answer until it expires'],
  ['evict of a response', (store) => store.evict(['trees!http:s3:oak']), 'may answer until it expires'],
  ['expire', (store) => store.expire([KEY]), 'may answer until it expires'],
  ['begin', (store) => store.begin(KEY, '', 1), 'may answer until it expires'],
  ['commit', (store) => store.commit(KEY, '', null), 'may answer until it expires'],
  ['invalidateTags', (store) => store.invalidateTags(['@trees'], 1), 'may answer until it expires'],
];

describe('A watched store', () => {
  it.each(commands)(
    'says once whom a refused command has hit, and what that means: %s',
    async (_, run, what) => {
      const { store, lines } = setUp(OOM);
      for (let time = 0; time < 2; time++) await expect(run(store)).rejects.toBe(OOM);
      expect(lines).toEqual([
        expect.stringMatching(`^Redis answered OOM to a command for the region 'trees': .*${what}$`),
      ]);
    },
  );

  it.each(commands)('gives the reply of a command as it is: %s', async (_, run) => {
    const { store, lines, calls } = setUp();
    await expect(run(store)).resolves.toBe('reply');
    expect([lines, calls()]).toEqual([[], 1]);
  });

  it.each(commands)('leaves it to the connection to say that it is broken: %s', async (_, run) => {
    const { store, lines } = setUp(AWAY);
    await expect(run(store)).rejects.toBe(AWAY);
    expect(lines).toEqual([]);
  });

  it('counts every refusal, and tells regions and consequences apart', async () => {
    const { store, lines, reporter } = setUp(OOM);
    const work = [
      () => store.fill(KEY, '', ENTRY),
      () => store.fill('bees:', '', ENTRY),
      () => store.evict([KEY]),
    ];
    for (const one of [...work, ...work]) await expect(one()).rejects.toBe(OOM);
    expect(lines).toHaveLength(3);
    expect(Object.values(reporter.warnings)).toEqual([2, 2, 2]);
  });

  it('does not name a tag', async () => {
    const { store, lines } = setUp(OOM);
    await expect(store.invalidateTags(['#secret'], 1)).rejects.toBe(OOM);
    expect(lines).toEqual([expect.stringContaining('to a command for tags: ')]);
    expect(lines.join()).not.toContain('secret');
  });

  it('passes on that a caller gave up, and says for which region', () => {
    const { store, lines, timedOut } = setUp();
    store.timedOut(KEY);
    store.timedOut('@trees');
    expect(timedOut).toEqual([KEY, '@trees']);
    expect(lines).toEqual(["Redis did not answer in time for the region 'trees'; calls go on without it"]);
  });

  it('watches one read at a time: those under way together share their fate', async () => {
    const { store, lines, reporter } = setUp(TIMEOUT);
    const reads = [KEY, 'bees:', 'bees:', 'bees:'].map((key) => store.read(key, []));
    await Promise.allSettled(reads);
    expect(lines).toEqual(["Redis did not answer in time for the region 'trees'; calls go on without it"]);
    await expect(store.read('bees:', [])).rejects.toBe(TIMEOUT);
    expect(reporter.warnings).toEqual({ 'redis-timeout:trees': 1, 'redis-timeout:bees': 1 });
  });
});

storeContract('a watched store in memory', {
  create: () => {
    const clock = new FakeClock();
    return {
      store: new WatchedStore(new MemoryStore(clock), silentReporter),
      advance: (ms) => clock.advance(ms),
    };
  },
});
