import type { Move } from './move.js';
import type { News } from './processes.js';
import { deliver } from './processes.js';
import type { AccidentName, Scene } from './scenario.js';
import { expireMarker, loseClock, tickForInvalidation } from './server.js';
import { markerOf } from './writer-moves.js';
import type { World } from './world.js';

/** Messages that arrive; the order of those about the key and those about the tag is free, which is more than Redis allows. */
export function deliveries(scene: Scene): Move[] {
  const move = (news: News): Move => ({
    what: fixed(`a message about the ${news.topic} reaches process ${news.process}`),
    possible: ({ processes }) => {
      const { keyMessages, tagMessages } = processes[news.process];
      return (news.topic === 'key' ? keyMessages : tagMessages) > 0;
    },
    make: (world) => deliver(world, scene, news),
  });
  return [
    move({ topic: 'key', process: 0 }),
    move({ topic: 'key', process: 1 }),
    move({ topic: 'tag', process: 0 }),
    move({ topic: 'tag', process: 1 }),
  ];
}

/** Something that happens by itself, as often as the scenario allows. */
interface Accident {
  readonly what: string;
  readonly name: AccidentName;
  readonly possible: (world: World) => boolean;
  readonly happen: (world: World) => void;
}

/** What happens by itself. */
export function accidents(scene: Scene): Move[] {
  const several: Accident[] = [
    {
      what: 'the lease is lost',
      name: 'leaseLost',
      possible: ({ server }) => server.lease !== 0,
      happen: ({ server }) => void (server.lease = 0),
    },
    {
      what: 'the nonce is lost',
      name: 'nonceLost',
      possible: ({ server }) => server.tag !== 0,
      happen: ({ server }) => void (server.tag = 0),
    },
    {
      what: 'the clock is lost',
      name: 'clockLost',
      possible: ({ server }) => server.epoch !== 0,
      happen: ({ server }) => loseClock(server),
    },
    {
      what: 'another tag is invalidated',
      name: 'otherTag',
      possible: () => true,
      happen: ({ server }) => tickForInvalidation(scene, server),
    },
    {
      what: 'memory has no room for it',
      name: 'memoryLost',
      possible: ({ processes: [process] }) => process.memory !== 0,
      happen: ({ processes: [process] }) => void (process.memory = 0),
    },
  ];
  return [...several.map(accident), ...expiries(scene)];
}

function accident({ what, name, possible, happen }: Accident): Move {
  return {
    what: fixed(what),
    possible: (world) => world.facts[name] > 0 && possible(world),
    make: (world) => {
      world.facts[name]--;
      happen(world);
    },
  };
}

function expiries(scene: Scene): Move[] {
  return scene.scenario.writers.flatMap(({ expires }, index) => {
    if (expires === undefined) return [];
    const marker = markerOf(index);
    const move: Move = {
      what: fixed(`the marker of writer ${index + 1} expires`),
      possible: ({ server }) => (server.writers & marker) !== 0,
      make: ({ server }) => expireMarker(server, marker),
    };
    return [move];
  });
}

function fixed(what: string): () => string {
  return () => what;
}
