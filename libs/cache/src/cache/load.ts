import type { Clock } from '../contracts/clock.js';
import { CacheError } from '../contracts/errors.js';
import { runningLoads } from '../contracts/load-context.js';
import type { LoadPolicy } from '../contracts/load-policy.js';
import type { Prepared } from '../tiers/entry-format.js';
import { HeldValue } from '../tiers/held-value.js';
import { jittered } from './keep.js';
import { keepKnown, loadNewest } from './newest.js';
import type { Keep } from './requests.js';
import { RunningLoad } from './running-load.js';
import type { Trip } from './trip.js';

/** What the loader gave, and what is to become of it. */
export interface Loaded {
  /** What callers get: our own copy where the value has one, else the loader's object. */
  readonly held: HeldValue;
  readonly prepared: Prepared | undefined;
  readonly keep: Keep;
  readonly loadMs: number;
}

/** What a run of a loader works with. */
export interface RunParts {
  readonly clock: Clock;
  /** Reads the nonces of tags that became known only now. */
  readonly declare: (tags: readonly string[]) => Promise<void>;
  /** The load has overrun its time, and goes on because that was asked for. */
  readonly onOverrun: (error: CacheError) => void;
  /** How long such a load may go on, in milliseconds. */
  readonly overrunMs: number;
}

/** 5 — Runs the loader, once, and takes our own copy of what it gives. */
export async function runLoader(trip: Trip, parts: RunParts): Promise<Loaded> {
  const { request } = trip;
  const { clock } = parts;
  const startedAt = clock.now();
  const running = new RunningLoad(
    replacedBy(trip),
    parts.declare,
    request.policy.hardTimeoutMs !== undefined,
  );
  let value: unknown;
  try {
    value = await bounded(running, request.policy, parts, () =>
      runningLoads.run(running, () =>
        request.region.behind === undefined ? request.load(running) : loadNewest(trip, running),
      ),
    );
  } catch (error) {
    request.region.recorder.record({ type: 'load-failed' });
    throw error;
  }
  const now = clock.now();
  const loadMs = now - startedAt;
  const { recorder } = request.region;
  if (trip.answered) recorder.record({ type: 'refreshed', loadMs });
  else recorder.record({ type: 'loaded', ms: now - trip.startedAt, loadMs });
  return { ...copyOf(trip, value, running), loadMs };
}

/** Bounds a load by its hard timeout. What it brings or throws afterwards is heard by nobody, unless it may go on. */
function bounded(
  running: RunningLoad,
  { hardTimeoutMs, completeInBackground }: LoadPolicy,
  { clock, onOverrun, overrunMs }: RunParts,
  load: () => Promise<unknown>,
): Promise<unknown> {
  if (hardTimeoutMs === undefined) return load();
  return new Promise<unknown>((resolve, reject) => {
    const error = new CacheError('LOAD_TIMEOUT', `the loader took longer than ${hardTimeoutMs} ms`);
    const giveUp = () => {
      running.abort(error);
      reject(error);
    };
    const overrun = () => {
      timer = clock.after(overrunMs, giveUp);
      onOverrun(error);
    };
    let timer = clock.after(hardTimeoutMs, completeInBackground ? overrun : giveUp);
    load()
      .finally(() => timer.cancel())
      .then(resolve, reject);
  });
}

function copyOf(trip: Trip, value: unknown, running: RunningLoad): Omit<Loaded, 'loadMs'> {
  const { region, policy } = trip.request;
  const keep = keepKnown(trip, jittered(running.amend(trip.request.keep(value)), policy.jitter));
  if (keep.kind === 'leave') return { held: HeldValue.passing(value), prepared: undefined, keep };
  const outcome = region.format.prepare(value);
  if (outcome.kind === 'prepared') return { held: outcome.prepared.held, prepared: outcome.prepared, keep };
  region.refused(outcome.reason);
  return { held: HeldValue.passing(value), prepared: undefined, keep };
}

/** What a loader may see of the value it replaces: not what is stored of a route's, which is a response. */
function replacedBy({ replaced, request }: Trip): HeldValue | undefined {
  return request.hidesReplaced === true ? undefined : replaced?.held;
}
