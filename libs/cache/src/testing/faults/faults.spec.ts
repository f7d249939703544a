import { beforeEach, describe, expect, test } from '@jest/globals';
import { channelContract } from '../contracts/channel.js';
import { storeContract } from '../contracts/store.js';
import { FakeClock } from '../fake-clock.js';
import { MemoryChannel } from '../memory/memory-channel.js';
import { MemoryStore } from '../memory/memory-store.js';
import { FaultyChannel } from './faulty-channel.js';
import { FaultyStore } from './faulty-store.js';

storeContract('a faulty store without faults', {
  create: () => {
    const clock = new FakeClock();
    return { store: new FaultyStore(new MemoryStore(clock), clock), advance: (ms) => clock.advance(ms) };
  },
});

channelContract('a faulty channel without faults', {
  create: () => {
    const clock = new FakeClock();
    const store = new MemoryStore(clock);
    return { join: () => ({ store, channel: new FaultyChannel(new MemoryChannel(store), clock) }) };
  },
});

let clock: FakeClock;
let memory: MemoryStore;
let store: FaultyStore;

beforeEach(() => {
  clock = new FakeClock();
  memory = new MemoryStore(clock);
  store = new FaultyStore(memory, clock);
});

const UNTIL_LATER = 60_000;
/** What a promise has come to by now. */
const state = async (promise: Promise<unknown>) => {
  const settled = promise.then(
    () => 'resolved',
    () => 'rejected',
  );
  await clock.advance(0);
  return Promise.race([settled, Promise.resolve('pending')]);
};
const nonce = async (tag: string) => (await memory.peekNonces([tag]))[0] ?? null;

describe('a command that', () => {
  test('fails is rejected and not executed; the others are not', async () => {
    store.faults.fail('nonces');
    await expect(store.nonces(['#a'], UNTIL_LATER)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    expect(await nonce('#a')).toBeNull();
    expect(await store.peekNonces(['#a'])).toEqual([null]);
    store.faults.heal();
    await store.nonces(['#a'], UNTIL_LATER);
    expect(await nonce('#a')).not.toBeNull();
  });

  test('fails with an error of the test’s own is rejected with it', async () => {
    const error = new Error('of the test');
    store.faults.failWith(error, 'read');
    await expect(store.read('a', [])).rejects.toBe(error);
  });

  test('hangs is executed when it is healed, in order, and not before', async () => {
    store.faults.hang('nonces', 'invalidateTags');
    const first = store.nonces(['#a'], UNTIL_LATER);
    const second = store.invalidateTags(['#a'], UNTIL_LATER);
    await clock.advance(UNTIL_LATER);
    expect([await nonce('#a'), await state(first)]).toEqual([null, 'pending']);
    store.faults.heal('nonces');
    expect(await first).toEqual([await nonce('#a')]);
    expect(await state(second)).toBe('pending');
    store.faults.heal();
    expect(await second).toBe(true);
    expect(await nonce('#a')).not.toBe((await first)[0]);
  });

  test('is delayed is executed so much later', async () => {
    store.faults.delay(100, 'nonces');
    const made = store.nonces(['#a'], UNTIL_LATER);
    await clock.advance(99);
    expect(await nonce('#a')).toBeNull();
    await clock.advance(1);
    expect(await made).toEqual([await nonce('#a')]);
  });

  test('loses its reply is executed, and nobody hears of it', async () => {
    store.faults.loseReply('nonces');
    const made = store.nonces(['#a'], UNTIL_LATER);
    expect(await state(made)).toBe('pending');
    expect(await nonce('#a')).not.toBeNull();
    store.faults.heal();
    expect(await state(made)).toBe('pending');
  });

  test('is sent counts, whatever becomes of it', async () => {
    store.faults.fail('read');
    await Promise.allSettled([store.read('a', []), store.read('b', [])]);
    expect([store.faults.calls('read'), store.faults.calls('evict')]).toEqual([2, 0]);
  });
});

test('a store that is unavailable says so, and remembers what it was told', () => {
  store.unavailable = true;
  expect([store.available('a'), store.reachable('a')]).toEqual([false, false]);
  store.timedOut('a');
  store.distrust('b');
  expect([store.timeouts, store.distrusted]).toEqual([['a'], ['b']]);
});

describe('a channel', () => {
  let channel: FaultyChannel;
  let heard: string[];

  beforeEach(() => {
    channel = new FaultyChannel(new MemoryChannel(memory), clock);
    heard = [];
    channel.open({
      onKeys: (keys) => heard.push(...keys),
      onStale: (keys) => heard.push(...keys),
      onTags: (tags) => heard.push(...tags),
      onBeat: (beat) => heard.push(`beat ${beat}`),
      onGap: () => heard.push('gap'),
      onOpen: () => heard.push('open'),
      onTopology: () => undefined,
    });
  });

  test('whose messages fail loses them without a word', async () => {
    channel.faults.fail('message');
    await memory.evict(['a']);
    channel.faults.heal();
    await memory.evict(['b']);
    expect(heard).toEqual(['open', 'b']);
  });

  test('whose messages hang brings them in their order when it is healed', async () => {
    channel.faults.hang('message');
    await memory.evict(['a']);
    await memory.evict(['b']);
    await channel.beat(1, 'memory');
    expect(heard).toEqual(['open']);
    channel.faults.heal();
    await memory.evict(['c']);
    expect(heard).toEqual(['open', 'a', 'b', 'beat 1', 'c']);
  });

  test('that breaks says so once, loses what was on its way, and opens again when it is mended', async () => {
    channel.faults.hang('message');
    await memory.evict(['a']);
    channel.break();
    channel.break();
    await expect(channel.beat(1, 'memory')).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    await memory.evict(['b']);
    channel.mend();
    channel.faults.heal();
    await memory.evict(['c']);
    expect(heard).toEqual(['open', 'gap', 'open', 'c']);
  });
});
