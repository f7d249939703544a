import { describe, expect, test } from '@jest/globals';
import type { Channel, ChannelListener } from '../contracts/channel.js';
import { FakeClock } from '../testing/fake-clock.js';
import { Coherence } from './coherence.js';

const NODE = 'one';

/** A channel that brings back what the test wants it to. */
class ScriptedChannel implements Channel {
  listener: ChannelListener | undefined;
  readonly sent: number[] = [];
  fails = false;
  closed = false;
  servers: readonly string[] = [NODE];

  nodes(): readonly string[] {
    return this.servers;
  }

  /** Names that end with the name of a server belong to it, all others to the first. */
  nodeOf(name: string): string | undefined {
    return this.servers.find((server) => name.endsWith(server)) ?? this.servers[0];
  }

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
      forgets: {
        forgetKey: (key) => forgotten.push(key),
        staleKey: (key) => forgotten.push(`stale ${key}`),
        forgetFlights: () => forgotten.push('flights'),
        forgetAll: () => forgotten.push('*'),
      },
      events: { onGap: (reason) => gaps.push(reason) },
    },
    { beatEveryMs: 500, maxStalenessMs: 2_000, maxTags: 100 },
  );
  coherence.open();
  const trusts = () => coherence.isOpen(clock.now());
  /** Brings back the beat that was sent last. */
  const returnBeat = () => coherence.onBeat(channel.sent.at(-1) ?? -1, NODE);
  return { clock, channel, forgotten, gaps, coherence, trusts, returnBeat };
};

describe('memory is trusted', () => {
  test('not before a beat has come back', async () => {
    const { clock, coherence, trusts, returnBeat } = setUp();
    expect(trusts()).toBe(false);
    coherence.onOpen(NODE);
    await clock.advance(0);
    expect(trusts()).toBe(false);
    returnBeat();
    expect(trusts()).toBe(true);
  });

  test('as long as beats come back, one every 500 ms', async () => {
    const { clock, channel, coherence, trusts, returnBeat } = setUp();
    coherence.onOpen(NODE);
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
    coherence.onOpen(NODE);
    await clock.advance(100);
    returnBeat();
    await clock.advance(1_900);
    expect(trusts()).toBe(true);
    await clock.advance(1);
    expect(trusts()).toBe(false);
  });

  test('not in a process that was stopped and goes on, before any of its timers has run', async () => {
    const { clock, coherence, trusts, returnBeat } = setUp();
    coherence.onOpen(NODE);
    await clock.advance(0);
    returnBeat();
    expect(trusts()).toBe(true);
    clock.jump(60_000);
    expect(trusts()).toBe(false);
  });

  test('by a late beat only for the rest of its 2 s', async () => {
    const { clock, channel, coherence, trusts } = setUp();
    coherence.onOpen(NODE);
    await clock.advance(1_400);
    const [first] = channel.sent;
    coherence.onBeat(first ?? -1, NODE);
    expect(trusts()).toBe(true);
    await clock.advance(601);
    expect(trusts()).toBe(false);
  });

  test('by no beat that was never sent, came back before, or is older than one that came back', async () => {
    const { clock, channel, coherence, trusts } = setUp();
    coherence.onOpen(NODE);
    coherence.onBeat(999, NODE);
    expect(trusts()).toBe(false);
    await clock.advance(1_000);
    const [first, second] = channel.sent;
    coherence.onBeat(second ?? -1, NODE);
    await clock.advance(1_600);
    for (const again of [first, second]) coherence.onBeat(again ?? -1, NODE);
    expect(coherence.gateOf('seed:1').trustedUntil).toBe(2_500);
  });

  test('not by a beat that could not be sent, should its number ever come back', async () => {
    const { clock, channel, coherence, trusts } = setUp();
    channel.fails = true;
    coherence.onOpen(NODE);
    await clock.advance(0);
    coherence.onBeat(1, NODE);
    expect(trusts()).toBe(false);
  });

  test('again with the first beat that comes back after a minute of silence', async () => {
    const { clock, channel, coherence, trusts, returnBeat } = setUp();
    coherence.onOpen(NODE);
    await clock.advance(60_000);
    coherence.onBeat(channel.sent.at(-10) ?? -1, NODE);
    expect(trusts()).toBe(false);
    returnBeat();
    expect(trusts()).toBe(true);
  });

  test('always where there is no channel', () => {
    const nothing = () => undefined;
    const forgets = { forgetKey: nothing, staleKey: nothing, forgetFlights: nothing, forgetAll: nothing };
    const parts = { clock: new FakeClock(), channel: undefined, forgets, events: { onGap: () => undefined } };
    const alone = new Coherence(parts, { beatEveryMs: 500, maxStalenessMs: 2_000, maxTags: 100 });
    alone.open();
    expect(parts.clock.timers).toBe(0);
    expect(alone.isOpen(Number.MAX_SAFE_INTEGER)).toBe(true);
  });
});

describe('a gap', () => {
  test('closes the gate and spoils every mark; memory is emptied before the gate opens again', async () => {
    const { clock, gaps, forgotten, coherence, trusts, returnBeat } = setUp();
    coherence.onOpen(NODE);
    await clock.advance(0);
    returnBeat();
    const mark = coherence.mark('seed:1');
    const tag = coherence.tags.mark('birds');
    forgotten.length = 0;
    coherence.onGap('channel disconnected', NODE);
    expect(trusts()).toBe(false);
    // behind the gate nothing answers; what is there may stand in for a loader that fails
    expect(forgotten).toEqual(['flights']);
    expect(coherence.holds('seed:1', mark)).toBe(false);
    await clock.advance(500);
    expect(forgotten).toEqual(['flights']);
    returnBeat();
    expect(forgotten).toEqual(['flights', '*']);
    expect(tag.state.generation).not.toBe(tag.generation);
    expect(trusts()).toBe(true);
    expect(gaps).toEqual(['channel disconnected']);
  });

  test('is not healed by a beat that was sent before it', async () => {
    const { clock, channel, coherence, trusts } = setUp();
    coherence.onOpen(NODE);
    await clock.advance(0);
    const before = channel.sent.at(-1) ?? -1;
    coherence.onGap('channel disconnected', NODE);
    coherence.onBeat(before, NODE);
    expect(trusts()).toBe(false);
  });

  test('ends when the channel has opened again and a beat sent since then comes back', async () => {
    const { clock, channel, forgotten, coherence, trusts, returnBeat } = setUp();
    coherence.onOpen(NODE);
    await clock.advance(0);
    coherence.onGap('channel disconnected', NODE);
    await clock.advance(500);
    const whileSilent = channel.sent.at(-1) ?? -1;
    forgotten.length = 0;
    coherence.onOpen(NODE);
    expect(forgotten).toEqual(['*']);
    coherence.onBeat(whileSilent, NODE);
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

  test('that makes a key stale spoils its mark and the freshness of its copies, but not what was made from it', () => {
    const { forgotten, coherence } = setUp();
    const mark = coherence.mark('seed:1');
    const tag = coherence.tags.mark('seed:1');
    coherence.tags.learn(tag, 'n1');
    forgotten.length = 0;
    coherence.onStale(['seed:1']);
    expect(coherence.holds('seed:1', mark)).toBe(false);
    expect(forgotten).toEqual(['stale seed:1']);
    expect(tag.state.nonce).toBe('n1');
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

describe('where there are several servers', () => {
  const several = () => {
    const parts = setUp();
    parts.channel.servers = ['one', 'two'];
    for (const node of parts.channel.servers) parts.coherence.onOpen(node);
    const [first, second] = parts.channel.sent;
    const trusted = () =>
      ['a:one', 'a:two'].map((name) => parts.clock.now() <= parts.coherence.gateOf(name).trustedUntil);
    return { ...parts, trusted, first: first ?? -1, second: second ?? -1 };
  };

  test('each has a beat and a gate of its own', () => {
    const { coherence, trusted, trusts, first, second } = several();
    coherence.onBeat(first, 'one');
    expect([trusted(), trusts()]).toEqual([[true, false], false]);
    coherence.onBeat(second, 'two');
    expect([trusted(), trusts()]).toEqual([[true, true], true]);
  });

  test('no beat proves anything about another server', () => {
    const { coherence, trusted, first } = several();
    coherence.onBeat(first, 'two');
    expect(trusted()).toEqual([false, false]);
  });

  test('the silence of one leaves the others trusted', () => {
    const { coherence, trusted, first, second } = several();
    coherence.onBeat(first, 'one');
    coherence.onBeat(second, 'two');
    coherence.onGap('channel disconnected', 'one');
    expect(trusted()).toEqual([false, true]);
  });

  test('beats count only as long as it is known who owns what', async () => {
    const { clock, coherence, channel, trusted } = several();
    coherence.onTopology(0, channel.servers, false);
    for (let i = 0; i < 8; i++) {
      await clock.advance(500);
      const [second, first] = channel.sent.slice(-2).reverse();
      coherence.onBeat(first ?? -1, 'one');
      coherence.onBeat(second ?? -1, 'two');
      expect(trusted()).toEqual(clock.now() <= 2_000 ? [true, true] : [false, false]);
    }
    coherence.onTopology(3_900, channel.servers, false);
    expect(trusted()).toEqual([true, true]);
  });

  test('a server that is gone is trusted no more, and what moved is forgotten', () => {
    const { clock, coherence, channel, first, forgotten } = several();
    coherence.onBeat(first, 'one');
    const gate = coherence.gateOf('a:one');
    expect(gate.trustedUntil).toBeGreaterThan(clock.now());
    forgotten.length = 0;
    channel.servers = ['two'];
    coherence.onTopology(clock.now(), channel.servers, true);
    expect(gate.trustedUntil).toBe(-Infinity);
    expect(forgotten).toEqual(['*']);
  });

  test('nothing is trusted while nobody knows who owns it, and it is looked up again', () => {
    const { clock, coherence, channel, second } = several();
    channel.servers = [];
    const state = coherence.tags.state('birds:two');
    expect([coherence.gateOf('a:two').trustedUntil, state.gate.trustedUntil]).toEqual([-Infinity, -Infinity]);
    channel.servers = ['one', 'two'];
    coherence.onBeat(second, 'two');
    expect(state.gate.trustedUntil).toBeGreaterThan(clock.now());
  });
});

describe('closing', () => {
  test('stops the beats, closes the gate and the channel', async () => {
    const { clock, channel, coherence, trusts, returnBeat } = setUp();
    coherence.onOpen(NODE);
    await clock.advance(0);
    returnBeat();
    await coherence.close();
    expect([trusts(), channel.closed, clock.timers]).toEqual([false, true, 0]);
  });
});
