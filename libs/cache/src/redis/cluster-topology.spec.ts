import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../testing/fake-clock.js';
import type { Asked } from './cluster-topology.js';
import { ClusterTopology } from './cluster-topology.js';

/** What a server says when it is asked: the epoch of its view and who owns all slots, or nothing, or never anything. */
type View = { readonly epoch?: number; readonly owner: string } | 'gone' | 'silent';

/** A Cluster of servers with views of their own. */
function setUp(views: Record<string, View>, seeds: Record<string, View> = {}) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const answers: { owner: string | undefined; askedAt: number }[] = [];
  const server = (node: string, viewOf: () => View | undefined): Asked => ({
    node,
    ask: async <T>() => {
      asked.push(node);
      const view = viewOf();
      if (view === 'silent') return new Promise<never>(() => undefined);
      if (view === 'gone' || view === undefined) throw new Error('gone');
      const info = view.epoch === undefined ? new Error('NOPERM') : `cluster_current_epoch:${view.epoch}\r\n`;
      const [host, port] = view.owner.split(':');
      const slots = view.owner === '' ? [] : [[0, 16_383, [host, Number(port), 'id']]];
      return [info, slots] as T;
    },
  });
  const topology = new ClusterTopology({
    clock,
    everyMs: 1_000,
    masters: () => Object.keys(views).map((node) => server(node, () => views[node])),
    seeds: Object.keys(seeds).map((node) => server(node, () => seeds[node])),
    onAnswer: (map, askedAt) => answers.push({ owner: map.ownerOf(5), askedAt }),
  });
  return { clock, topology, asked, answers, views };
}

const A = '10.0.0.1:1';
const B = '10.0.0.2:1';

describe('the owners of slots', () => {
  test('are asked for at once, and again and again', async () => {
    const { clock, topology, answers } = setUp({ [A]: { epoch: 1, owner: A } });
    topology.open();
    await setImmediate();
    expect(answers).toEqual([{ owner: A, askedAt: 0 }]);
    await clock.advance(3_000);
    expect(answers.map(({ askedAt }) => askedAt)).toEqual([0, 1_000, 2_000, 3_000]);
    topology.close();
    expect(clock.timers).toBe(0);
  });

  test('are asked of another server each time', async () => {
    const { clock, topology, asked } = setUp({ [A]: { owner: A }, [B]: { owner: A } });
    topology.open();
    await clock.advance(3_000);
    expect(asked).toEqual([A, B, A, B]);
    topology.close();
  });

  test('are asked of the seeds while no master answers', async () => {
    const { topology, answers, asked } = setUp({ [A]: 'gone' }, { seed1: 'gone', seed2: { owner: B } });
    topology.open();
    await setImmediate();
    expect(asked).toEqual([A, 'seed1', 'seed2']);
    expect(answers).toEqual([{ owner: B, askedAt: 0 }]);
    topology.close();
  });

  test('are asked of the next server when one is silent, and the moment of that question counts', async () => {
    const { clock, topology, answers } = setUp({ [A]: 'silent', [B]: { owner: B } });
    topology.open();
    await clock.advance(600);
    expect(answers).toEqual([{ owner: B, askedAt: 500 }]);
    topology.close();
  });

  test('are asked for again soon when nobody answered', async () => {
    const { clock, topology, asked, answers, views } = setUp({ [A]: 'gone' });
    topology.open();
    await clock.advance(150);
    expect(asked).toHaveLength(1);
    views[A] = { owner: A };
    await clock.advance(60);
    expect(answers).toHaveLength(1);
    topology.close();
    expect(clock.timers).toBe(0);
  });

  test('asked for by many at once are asked for once, and not more often than every 50 ms', async () => {
    const { clock, topology, asked } = setUp({ [A]: { owner: A } });
    topology.open();
    await setImmediate();
    const all = Promise.all(Array.from({ length: 20 }, () => topology.refresh()));
    await clock.advance(49);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    await all;
    expect(asked).toHaveLength(2);
    topology.close();
  });

  test('asked for while a question is under way are asked for once more: its answer may be older than the doubt', async () => {
    const { clock, topology, asked, answers } = setUp({ [A]: 'silent', [B]: { owner: B } });
    topology.open();
    await setImmediate();
    let done = false;
    void topology.refresh().then(() => {
      done = true;
    });
    await clock.advance(499);
    expect([asked, done]).toEqual([[A], false]);
    await clock.advance(1);
    expect([asked, answers.length, done]).toEqual([[A, B, B], 2, true]);
    topology.close();
  });

  test('as told by a server without any slot are not taken', async () => {
    const { topology, answers } = setUp({ [A]: { epoch: 9, owner: '' }, [B]: { epoch: 1, owner: B } });
    topology.open();
    await setImmediate();
    expect(answers.map(({ owner }) => owner)).toEqual([B]);
    topology.close();
  });

  test('as told by a server that was cut off before the last change are not taken', async () => {
    const { clock, topology, answers } = setUp({ [A]: { epoch: 7, owner: A }, [B]: { epoch: 6, owner: B } });
    topology.open();
    await clock.advance(3_000);
    expect(answers.map(({ owner }) => owner)).toEqual([A, A, A, A]);
    topology.close();
  });

  test('are taken from an older view when nobody has had the newer one for long: the Cluster was made anew', async () => {
    const { clock, topology, answers, views } = setUp({ [A]: { epoch: 7, owner: A } });
    topology.open();
    await setImmediate();
    views[A] = { epoch: 1, owner: B };
    await clock.advance(9_900);
    expect(answers.map(({ owner }) => owner)).toEqual([A]);
    await clock.advance(1_000);
    expect(answers.at(-1)?.owner).toBe(B);
    topology.close();
  });

  test('are taken where this user may not ask for the epoch of a view', async () => {
    const { topology, answers } = setUp({ [A]: { owner: A } });
    topology.open();
    await setImmediate();
    expect(answers).toHaveLength(1);
    topology.close();
  });

  test('are not asked for any more once it is closed', async () => {
    const { clock, topology, asked } = setUp({ [A]: 'gone' });
    topology.open();
    await setImmediate();
    topology.close();
    await topology.refresh();
    await clock.advance(5_000);
    expect([asked.length, clock.timers]).toEqual([1, 0]);
  });
});
