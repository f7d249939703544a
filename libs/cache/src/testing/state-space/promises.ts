import type { Scene } from './scenario.js';
import { validValue } from './server.js';
import type { World } from './world.js';
import { DONE } from './world.js';

/** What a world may break. */
export const BROKEN = {
  redis: 'Redis holds what is older than acknowledged',
  memory: 'memory holds what is older than its process acknowledged',
  answer: 'a read is answered with what is older than its process had acknowledged when it started',
  backwards: 'a read is answered with what is older than what an earlier one of its process was answered',
  memoryInTheEnd: 'in the end a memory holds what is older than acknowledged',
  markerInTheEnd: 'in the end a marker is left',
  leaseInTheEnd: 'in the end a lease is left',
  stuck: 'somebody waits for ever',
} as const;

/** The promise that a world breaks, if it does. */
export function brokenPromise(world: World, scene: Scene): string | undefined {
  if (isOlder(validValue(scene, world.server), world.facts.acknowledged)) return BROKEN.redis;
  for (const { memory, acknowledged } of world.processes) {
    if (isOlder(memory, acknowledged)) return BROKEN.memory;
  }
  return isQuiet(world) ? leftOver(world) : undefined;
}

/** Everybody has ended, and every message has arrived. */
export function isQuiet(world: World): boolean {
  for (const { at } of world.loaders) if (at !== DONE) return false;
  for (const { at } of world.writers) if (at !== DONE) return false;
  for (const { keyMessages, tagMessages } of world.processes) if (keyMessages + tagMessages > 0) return false;
  return true;
}

function leftOver({ server, processes, facts }: World): string | undefined {
  for (const { memory } of processes) {
    if (isOlder(memory, facts.acknowledged)) return BROKEN.memoryInTheEnd;
  }
  if (server.writers !== 0 || server.overlap !== 0) return BROKEN.markerInTheEnd;
  return server.lease === 0 ? undefined : BROKEN.leaseInTheEnd;
}

function isOlder(value: number, acknowledged: number): boolean {
  return value !== 0 && value < acknowledged;
}
