import { setTimeout as pause } from 'node:timers/promises';
import type { RedisServer } from './redis-server.js';

const PATIENCE_MS = 10_000;

/** Asks until the answer is the wanted one. Rejects, with the last answer, when it does not come in time. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  wanted: (answer: T) => boolean = Boolean,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(answer)} after ${patienceMs} ms`);
    await pause(2);
  }
}

/** How often the server has run each command, scripts' own commands included: `calls.get`, `calls.evalsha`. */
export async function callsOf(server: RedisServer): Promise<Record<string, number>> {
  const stats = await server.command('INFO', 'commandstats');
  const lines = stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm);
  return Object.fromEntries([...lines].map(([, name, calls]) => [String(name), Number(calls)]));
}

/** How often each command was run while `work` ran, beats and our own INFO left out; nothing else may use the server. */
export async function callsDuring(
  server: RedisServer,
  work: () => Promise<unknown>,
): Promise<Record<string, number>> {
  const before = await callsOf(server);
  await work();
  const after = await callsOf(server);
  const grown = Object.entries(after).map(([name, calls]) => [name, calls - (before[name] ?? 0)] as const);
  return Object.fromEntries(grown.filter(([name, calls]) => calls > 0 && name !== 'info'));
}

/** What happened in one engine, in order: a recorder that keeps everything, by region and for the whole. */
export class EventLog {
  readonly system: { readonly type: string }[] = [];
  readonly regions = new Map<string, { readonly type: string }[]>();
  memoryHits = 0;

  region(name: string) {
    const events: { readonly type: string }[] = [];
    this.regions.set(name, events);
    return {
      memoryHit: () => {
        this.memoryHits++;
        return false;
      },
      memoryLatency: () => undefined,
      record: (event: { readonly type: string }) => void events.push(event),
    };
  }

  record(event: { readonly type: string }): void {
    this.system.push(event);
  }

  /** How often something of a type happened, in any region or in the whole. */
  count(type: string): number {
    const all = [this.system, ...this.regions.values()].flat();
    return all.filter((event) => event.type === type).length;
  }

  /** Everything of a type that happened in any region or in the whole. */
  of(type: string): { readonly type: string; readonly [detail: string]: unknown }[] {
    return [this.system, ...this.regions.values()].flat().filter((event) => event.type === type);
  }
}
