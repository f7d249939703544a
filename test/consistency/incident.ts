import { setTimeout as sleep } from 'node:timers/promises';
import { now } from './clock.js';
import type { Company } from './company.js';
import type { Random } from './random.js';
import type { Post } from './scenario.js';
import type { Lapse } from './verdict.js';

/** Something that goes wrong for a while and is over when it resolves. */
export interface Incident {
  readonly name: string;
  /** How often it is chosen. */
  readonly weight: number;
  happen(): Promise<void>;
}

/** Where things go wrong, and what the verdict must know of them. Times in microseconds. */
export class Scene {
  /** When servers lost data. */
  readonly losses: number[] = [];
  /** When servers may have lost what they had acknowledged. */
  readonly lapses: Lapse[] = [];

  constructor(
    readonly company: Company,
    readonly places: number,
    readonly random: Random,
  ) {}

  /** A server loses data now. */
  lose(): void {
    this.losses.push(now());
  }

  get lapsedMs(): number {
    return this.lapses.reduce((sum, { from, until }) => sum + (until - from) / 1_000, 0);
  }

  /** Lets some milliseconds pass, mostly few of them. */
  aWhile(from: number, to: number): Promise<void> {
    return sleep(from + (to - from) * this.random.next() ** 2);
  }
}

/** The Redis of a run, and what can happen to it. */
export interface Backend {
  /** How a process reaches it. */
  redisOf(role: Post['role'], place: number): Post['redis'];
  incidents(scene: Scene): readonly Incident[];
  stop(): Promise<void>;
}

/** What can happen to processes, whatever the Redis. */
export function processIncidents(scene: Scene): readonly Incident[] {
  return [
    {
      name: 'a worker stops',
      weight: 3,
      happen: async () => {
        const { workers } = scene.company;
        const worker = workers[scene.random.below(workers.length)]?.worker;
        worker?.kill('SIGSTOP');
        await scene.aWhile(200, 5_000);
        worker?.kill('SIGCONT');
      },
    },
    {
      name: 'a worker dies',
      weight: 1,
      happen: async () => {
        const place = scene.random.below(scene.places);
        await scene.company.kill(place);
        await scene.company.replace(place);
      },
    },
  ];
}
