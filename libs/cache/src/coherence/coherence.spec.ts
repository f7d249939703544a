import { describe, expect, test } from '@jest/globals';
import type { Channel, ChannelListener } from '../contracts/channel.js';
import { FakeClock } from '../testing/fake-clock.js';
import { Coherence } from './coherence.js';

/** A channel that brings back what the test wants it to. */
class ScriptedChannel implements Channel {
  listener: ChannelListener | undefined;
  readonly sent: number[] = [];
  fails = false;
  closed = false;

  open(listener: ChannelListener): void {
    this.listener = listener;
  }

  async beat(beat: number): Promise<void> {
    if (this.fails) throw new Error('not sent');
    this.sent.push(beat);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

const setUp = () => {
  const clock = new FakeClock();
  const channel = new ScriptedChannel();
  const forgotten: string[] = [];
  const gaps: string[] = [];
  const coherence = new Coherence(
    {
      clock,
      channel,
      forgets: { forgetKey: (key) => forgotten.push(key), forgetAll: () => forgotten.push('*') },
      events: { onGap: (reason) => gaps.push(reason) },
    },
    { beatEveryMs: 500, maxStalenessMs: 2_000, maxTags: 100 },
  );
  coherence.open();
  const trusts = () => coherence.trusts(clock.now());
  /** Brings back the beat that was sent last. */
  const returnBeat = () => coherence.onBeat(channel.sent.at(-1) ?? -1);
  return { clock, channel, forgotten, gaps, coherence, trusts, returnBeat };
};

describe('memory is trusted', () => {
  test('not before a beat has come back', async () => {
    const { clock, coherence, trusts, returnBeat } = setUp();
    expect(trusts()).toBe(false);
    coherence.onOpen();
    await clock.advance(0);
    expect(trusts()).toBe(false);
    returnBeat();
    expect(trusts()).toBe(true);
  });

  test('as long as beats come back, one every 500 ms', async () => {
    const { clock, channel, coherence, trusts, returnBeat } = setUp();
    coherence.onOpen();
    returnBeat();
    for (let i = 0; i < 100; i++) {
      await clock.advance(500);
      returnBeat();
      expect(trusts()).toBe(true);
    }
    expect(channel.sent).toHaveLength(101);
  });

  test('for 2 s after the sending of the last beat that came back, to the millisecond', async () => {
    const { clock, coherence, trusts, returnBeat } = setUp();
    coherence.onOpen();
    await clock.advance(100);
    returnBeat();
    await clock.advance(1_900);
    expect(trusts()).toBe(true);
    await clock.advance(1);
    expect(trusts()).toBe(false);
  });

  test('not in a process that was stopped and goes on, before any of its timers has run', async () => {
    const { clock, coherence, trusts, returnBeat } = setUp();
    coherence.onOpen();
    await clock.advance(0);
    returnBeat();
    expect(trusts()).toBe(true);
    clock.jump(60_000);
    expect(trusts()).toBe(false);
  });

  test('by a late beat only for the rest of its 2 s', async () => {
    const { clock, channel, coherence, trusts } = setUp();
    coherence.onOpen();
    await clock.advance(1_400);
    const [first] = channel.sent;
    coherence.onBeat(first ?? -1);
    expect(trusts()).toBe(true);
    await clock.advance(601);
    expect(trusts()).toBe(false);
  });

  test('by no beat that was never sent, came back before, or is older than one that came back', async () => {
    const { clock, channel, coherence, trusts } = setUp();
    coherence.onOpen();
    coherence.onBeat(999);
    expect(trusts()).toBe(false);
    await clock.advance(1_000);
    const [first, second] = channel.sent;
    coherence.onBeat(second ?? -1);
    await clock.advance(1_600);
    for (const again of [first, second]) coherence.onBeat(again ?? -1);
    expect(coherence.gate.trustedUntil).toBe(2_500);
  });

  test('not by a beat that could not be sent, should its number ever come back', async () => {
    const { clock, channel, coherence, trusts } = setUp();
    channel.fails = true;
    coherence.onOpen();
    await clock.advance(0);
    coherence.onBeat(1);
    expect(trusts()).toBe(false);
  });

  test('again with the first beat that comes back after a minute of silence', async () => {
    const { clock, channel, coherence, trusts, returnBeat } = setUp();
    coherence.onOpen();
    await clock.advance(60_000);
    coherence.onBeat(channel.sent.at(-10) ?? -1);
    expect(trusts()).toBe(false);
    returnBeat();
    expect(trusts()).toBe(true);
  });

  test('always where there is no channel', () => {
    const forgets = { forgetKey: () => undefined, forgetAll: () => undefined };
    const parts = { clock: new FakeClock(), channel: undefined, forgets, events: { onGap: () => undefined } };
    const alone = new Coherence(parts, { beatEveryMs: 500, maxStalenessMs: 2_000, maxTags: 100 });
    alone.open();
    expect(parts.clock.timers).toBe(0);
    expect(alone.trusts(Number.MAX_SAFE_INTEGER)).toBe(true);
  });
});

describe('a gap', () => {
  test('closes the gate, empties memory and spoils every mark', async () => {
    const { clock, gaps, forgotten, coherence, trusts, returnBeat } = setUp();
    coherence.onOpen();
    await clock.advance(0);
    returnBeat();
    const mark = coherence.mark('seed:1');
    const tag = coherence.tags.mark('birds');
    forgotten.length = 0;
    coherence.onGap('channel disconnected');
    expect(trusts()).toBe(false);
    expect(forgotten).toEqual(['*']);
    expect(coherence.holds('seed:1', mark)).toBe(false);
    expect(tag.state.generation).not.toBe(tag.generation);
    expect(gaps).toEqual(['channel disconnected']);
  });

  test('is not healed by a beat that was sent before it', async () => {
    const { clock, channel, coherence, trusts } = setUp();
    coherence.onOpen();
    await clock.advance(0);
    const before = channel.sent.at(-1) ?? -1;
    coherence.onGap('channel disconnected');
    coherence.onBeat(before);
    expect(trusts()).toBe(false);
  });

  test('ends when the channel has opened again and a beat sent since then comes back', async () => {
    const { clock, channel, forgotten, coherence, trusts, returnBeat } = setUp();
    coherence.onOpen();
    await clock.advance(0);
    coherence.onGap('channel disconnected');
    await clock.advance(500);
    const whileSilent = channel.sent.at(-1) ?? -1;
    forgotten.length = 0;
    coherence.onOpen();
    expect(forgotten).toEqual(['*']);
    coherence.onBeat(whileSilent);
    expect(trusts()).toBe(false);
    await clock.advance(0);
    returnBeat();
    expect(trusts()).toBe(true);
  });
});

describe('an invalidation', () => {
  test('of keys spoils their marks before it forgets them, and forgets the tag that each key is', () => {
    const { forgotten, coherence } = setUp();
    const marks = ['seed:1', 'seed:2', 'seed:3'].map((key) => coherence.mark(key));
    const tag = coherence.tags.mark('seed:1');
    coherence.tags.learn(tag, 'n1');
    forgotten.length = 0;
    coherence.onKeys(['seed:1', 'seed:2']);
    expect(marks.map((mark, i) => coherence.holds(`seed:${i + 1}`, mark))).toEqual([false, false, true]);
    expect(forgotten).toEqual(['seed:1', 'seed:2']);
    expect(tag.state.nonce).toBeUndefined();
  });

  test('of tags forgets their nonces and nothing else', () => {
    const { forgotten, coherence } = setUp();
    const [birds, seeds] = ['birds', 'seeds'].map((tag) => coherence.tags.mark(tag));
    for (const mark of [birds, seeds]) if (mark !== undefined) coherence.tags.learn(mark, 'n1');
    forgotten.length = 0;
    coherence.onTags(['birds']);
    expect([birds?.state.nonce, seeds?.state.nonce]).toEqual([undefined, 'n1']);
    expect(forgotten).toEqual([]);
  });
});

describe('an answer that was asked for some time ago', () => {
  test.each([
    { age: 2_000, beats: false, vouched: true },
    { age: 2_001, beats: false, vouched: false },
    { age: 60_000, beats: false, vouched: false },
    { age: 60_000, beats: true, vouched: true },
  ])('$age ms, beats returning: $beats, may be handed on: $vouched', async ({ age, beats, vouched }) => {
    const { clock, coherence, returnBeat } = setUp();
    coherence.onOpen();
    await clock.advance(age);
    if (beats) returnBeat();
    expect(coherence.vouchesFor(0, clock.now())).toBe(vouched);
  });
});

describe('closing', () => {
  test('stops the beats, closes the gate and the channel', async () => {
    const { clock, channel, coherence, trusts, returnBeat } = setUp();
    coherence.onOpen();
    await clock.advance(0);
    returnBeat();
    await coherence.close();
    expect([trusts(), channel.closed, clock.timers]).toEqual([false, true, 0]);
  });
});
