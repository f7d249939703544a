import type { FaultyProxy } from '../support/faulty-proxy.js';
import type { Incident, Scene } from './incident.js';

/** What can happen between a process and Redis: to one of them while the others go on. */
export function networkIncidents(proxies: readonly FaultyProxy[], scene: Scene): readonly Incident[] {
  const [first] = proxies;
  if (first === undefined) return [];
  const one = () => proxies[scene.random.below(proxies.length)] ?? first;
  /** Something is done to a proxy for a while. */
  const spell = (from: number, to: number, begin: (proxy: FaultyProxy) => void) => async () => {
    const proxy = one();
    begin(proxy);
    await scene.aWhile(from, to);
    proxy.heal();
  };
  return [
    { name: 'connections are cut', weight: 2, happen: async () => one().cut() },
    {
      name: 'connections are refused',
      weight: 2,
      happen: spell(200, 3_000, (proxy) => {
        proxy.refuse();
        proxy.cut();
      }),
    },
    { name: 'requests vanish', weight: 1, happen: spell(200, 4_000, (proxy) => proxy.swallow('requests')) },
    { name: 'replies vanish', weight: 2, happen: spell(200, 4_000, (proxy) => proxy.swallow('replies')) },
    {
      name: 'a process hears nothing for long',
      weight: 1,
      happen: spell(2_500, 4_000, (proxy) => proxy.swallow('replies')),
    },
    {
      name: 'the network is slow',
      weight: 2,
      happen: spell(200, 3_000, (proxy) => proxy.delay(Math.round(scene.random.between(5, 100)))),
    },
  ];
}
