import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisServer } from '../support/redis-server.js';
import type { Incident, Scene } from './incident.js';

/** A server, and the snapshot it starts from. */
export interface Restartable {
  readonly redis: RedisServer;
  forgetSnapshot(): void;
}

/** What can happen to one Redis server. */
export function serverIncidents(server: Restartable, scene: Scene): readonly Incident[] {
  return [...deaths(server, scene), ...pauses(server, scene)];
}

/** It dies, and comes back without data or with what it had some time ago. */
function deaths(server: Restartable, scene: Scene): readonly Incident[] {
  const { redis } = server;
  const restart = async () => {
    await redis.kill();
    scene.lose();
    await scene.aWhile(0, 1_500);
    await redis.restart();
  };
  return [
    {
      name: 'redis dies and returns empty',
      weight: 2,
      happen: async () => {
        server.forgetSnapshot();
        await restart();
      },
    },
    {
      name: 'redis dies and returns with old data',
      weight: 2,
      happen: async () => {
        await redis.command('SAVE');
        await scene.aWhile(200, 2_500);
        await restart();
      },
    },
    {
      name: 'redis freezes, dies and returns with old data',
      weight: 2,
      happen: async () => {
        await redis.command('SAVE');
        await scene.aWhile(200, 1_000);
        redis.freeze();
        await scene.aWhile(50, 800);
        await redis.kill();
        scene.lose();
        await redis.restart();
      },
    },
    {
      name: 'redis is flushed',
      weight: 1,
      happen: async () => {
        scene.lose();
        await redis.command('FLUSHALL');
        scene.lose();
      },
    },
  ];
}

/** It answers nothing for a while, and then everything. */
function pauses({ redis }: Restartable, scene: Scene): readonly Incident[] {
  return [
    {
      name: 'redis freezes',
      weight: 3,
      happen: async () => {
        redis.freeze();
        await scene.aWhile(100, 3_000);
        redis.thaw();
      },
    },
    {
      name: 'redis pauses its clients',
      weight: 1,
      happen: async () => {
        const ms = Math.round(scene.random.between(50, 1_000));
        await redis.command('CLIENT', 'PAUSE', String(ms), scene.random.chance(0.5) ? 'ALL' : 'WRITE');
        await sleep(ms);
      },
    },
  ];
}
