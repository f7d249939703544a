import type { Clock } from '../contracts/clock.js';
import type { Prepared } from '../tiers/entry-format.js';
import { HeldValue } from '../tiers/held-value.js';
import type { Keep } from './requests.js';
import type { Trip } from './trip.js';

/** What the loader gave, and what is to become of it. */
export interface Loaded {
  /** What callers get: our own copy where the value has one, else the loader's object. */
  readonly held: HeldValue;
  readonly prepared: Prepared | undefined;
  readonly keep: Keep;
  readonly loadMs: number;
}

/** 5 — Runs the loader, once, and takes our own copy of what it gives. */
export async function runLoader(
  trip: Trip,
  clock: Clock,
  declare: (tags: readonly string[]) => Promise<void>,
): Promise<Loaded> {
  const { request } = trip;
  const startedAt = clock.now();
  let value: unknown;
  try {
    value = await request.load({ declare });
  } catch (error) {
    request.region.recorder.record({ type: 'load-error', ms: clock.now() - trip.startedAt });
    throw error;
  }
  const now = clock.now();
  request.region.recorder.record({ type: 'loaded', ms: now - trip.startedAt, loadMs: now - startedAt });
  return { ...copyOf(trip, value), loadMs: now - startedAt };
}

function copyOf(trip: Trip, value: unknown): Omit<Loaded, 'loadMs'> {
  const { region } = trip.request;
  const keep = trip.request.keep(value);
  if (keep.kind === 'leave') return { held: HeldValue.passing(value), prepared: undefined, keep };
  const outcome = region.format.prepare(value);
  if (outcome.kind === 'prepared') return { held: outcome.prepared.held, prepared: outcome.prepared, keep };
  region.refused(outcome.reason);
  return { held: HeldValue.passing(value), prepared: undefined, keep };
}
