import { strict as assert } from 'node:assert';
import type { ChannelSubject } from './channel-bench.js';
import { Hearer } from './channel-bench.js';
import type { Promises, Subjects, TestRunner } from './runner.js';
import { declareContract } from './runner.js';

const LONG = 60_000;
const TOKEN = 'a writer of ours';

/** Two processes that listen. */
interface ChannelBench {
  readonly subject: ChannelSubject;
  readonly one: Hearer;
  readonly other: Hearer;
}

/** What is done in one process, and what every process hears of it. */
const NEWS: Readonly<
  Record<string, { kind: string; act: (hearer: Hearer, key: string) => Promise<unknown> }>
> = {
  'an evict': { kind: 'keys', act: ({ store }, key) => store.evict([key]) },
  'the beginning of a write': { kind: 'keys', act: ({ store }, key) => store.begin(key, TOKEN, LONG) },
  'the end of a write': { kind: 'keys', act: ({ store }, key) => store.commit(key, TOKEN, null) },
  'an expire': { kind: 'stale', act: ({ store }, key) => store.expire([key]) },
};

const ofKeys = Object.fromEntries(
  Object.entries(NEWS).map(([what, { kind, act }]) => [
    `tells every process, the one that did it too, of ${what}`,
    async ({ one, other }: ChannelBench) => {
      const key = one.key();
      await act(one, key);
      await Promise.all([one.hears(`${kind} ${key}`), other.hears(`${kind} ${key}`)]);
    },
  ]),
);

const news: Promises<ChannelBench> = {
  ...ofKeys,

  'tells every process, the one that did it too, of invalidated tags': async ({ one, other }) => {
    const tags = Array.from({ length: 10 }, () => one.tag());
    await one.store.invalidateTags(tags, LONG);
    for (const tag of tags) await Promise.all([one.hears(`tags ${tag}`), other.hears(`tags ${tag}`)]);
  },

  'brings names back as they are, whatever they hold': async ({ one, other }) => {
    const key = `${one.key()}"\\\n  :%7B&Кле`;
    await one.store.evict([key]);
    await other.hears(`keys ${key}`);
    const tag = `${one.tag()}"\\\n  :%7B&Кле`;
    await one.store.invalidateTags([tag], LONG);
    await other.hears(`tags ${tag}`);
  },

  'tells of what one server did in its order': async ({ one, other }) => {
    const first = one.key();
    const keys = [first, ...Array.from({ length: 40 }, () => one.key(first))];
    for (const [i, key] of keys.entries()) await (i % 2 === 0 ? one : other).store.evict([key]);
    await one.hears(`keys ${keys.at(-1)}`);
    const heard = one.heard.filter((line) => keys.includes(line.replace('keys ', '')));
    assert.deepEqual(
      heard,
      keys.map((key) => `keys ${key}`),
    );
  },

  'reaches who joins later': async ({ subject, one }) => {
    const late = await Hearer.in(subject);
    const key = one.key();
    await one.store.evict([key]);
    await late.hears(`keys ${key}`);
    await late.channel.close();
  },

  'is over when it is closed': async ({ one, other }) => {
    await one.channel.close();
    const key = other.key();
    await other.store.evict([key]);
    await other.hears(`keys ${key}`);
    assert.deepEqual(one.heard, []);
  },
};

const beats: Promises<ChannelBench> = {
  'come back to the process that sent them, from the server they went through, and to no other': async ({
    one,
    other,
  }) => {
    const nodes = one.channel.nodes();
    for (const [i, node] of nodes.entries()) await one.channel.beat(100 + i, node);
    for (const [i, node] of nodes.entries()) await one.hears(`beat ${100 + i} from ${node}`);
    const key = one.key();
    await one.store.evict([key]);
    await other.hears(`keys ${key}`);
    assert.deepEqual(other.heard, [`keys ${key}`]);
  },

  'overtake no invalidation that was acknowledged before they were sent': async ({ one, other }) => {
    for (let round = 1; round <= 50; round++) {
      const key = other.key();
      await other.store.evict([key]);
      const node = one.nodeOf(key);
      await one.channel.beat(round, node);
      const beat = `beat ${round} from ${node}`;
      await one.hears(beat);
      const at = one.heard.indexOf(`keys ${key}`);
      assert.ok(at >= 0 && at < one.heard.indexOf(beat));
    }
  },
};

const servers: Promises<ChannelBench> = {
  'are known for every key and tag': ({ one }) => {
    for (let i = 0; i < 50; i++) for (const name of [one.key(), one.tag(), '@seeds']) one.nodeOf(name);
  },

  'are the same for every process': ({ one, other }) => {
    assert.deepEqual([...one.channel.nodes()].sort(), [...other.channel.nodes()].sort());
    for (let i = 0; i < 50; i++) {
      const key = one.key();
      assert.equal(one.nodeOf(key), other.nodeOf(key));
    }
  },
};

/**
 * Declares a test for every promise of the port `Channel`. Nothing but the processes it joins may use the servers meanwhile.
 *
 * @example
 * ```ts
 * channelContract('the channel in memory', {
 *   create: () => {
 *     const store = new MemoryStore(new FakeClock());
 *     return { join: () => ({ store, channel: new MemoryChannel(store) }) };
 *   },
 * });
 * ```
 */
export function channelContract(name: string, setup: Subjects<ChannelSubject>, runner?: TestRunner): void {
  const benches: Subjects<ChannelBench> = {
    create: async () => {
      const subject = await setup.create();
      return { subject, one: await Hearer.in(subject), other: await Hearer.in(subject) };
    },
    dispose: async ({ subject, one, other }) => {
      await Promise.all([one.channel.close(), other.channel.close()]);
      await setup.dispose?.(subject);
    },
  };
  declareContract(name, { 'what it tells': news, beats, servers }, benches, runner);
}
