import type { Clock } from '../../contracts/clock.js';
import { systemClock } from '../../contracts/clock.js';
import type {
  BeginOptions,
  Changer,
  DerivedPlace,
  DerivedStore,
  Numbers,
  RecountRequest,
} from '../../contracts/derived-store.js';
import { CacheError } from '../../contracts/errors.js';
import { Faults } from './faults.js';

/** The commands of a store of counters and rankings that can go wrong. */
export const DERIVED_COMMANDS = [
  'read',
  'recount',
  'fill',
  'renew',
  'release',
  'begin',
  'commit',
  'drop',
] as const satisfies readonly (keyof DerivedStore)[];

/** One of them. */
export type DerivedCommand = (typeof DERIVED_COMMANDS)[number];

/** A store of counters and rankings around another whose commands go wrong when the test says so. */
export class FaultyDerivedStore implements DerivedStore {
  readonly faults: Faults<DerivedCommand>;

  constructor(
    private readonly inner: DerivedStore,
    clock: Clock = systemClock,
  ) {
    const failure = () => new CacheError('REDIS_UNAVAILABLE', 'the test has it fail');
    this.faults = new Faults(clock, DERIVED_COMMANDS, failure);
  }

  read = (place: DerivedPlace, limit?: number) =>
    this.faults.run('read', () => this.inner.read(place, limit));

  recount = (place: DerivedPlace, request: RecountRequest) =>
    this.faults.run('recount', () => this.inner.recount(place, request));

  fill = (place: DerivedPlace, right: { token: string; epoch: string }, numbers: Numbers) =>
    this.faults.run('fill', () => this.inner.fill(place, right, numbers));

  renew = (place: DerivedPlace, token: string, ms: number) =>
    this.faults.run('renew', () => this.inner.renew(place, token, ms));

  release = (place: DerivedPlace, token: string, overtakenMs?: number) =>
    this.faults.run('release', () => this.inner.release(place, token, overtakenMs));

  begin = (place: DerivedPlace, changer: Changer, options: BeginOptions) =>
    this.faults.run('begin', () => this.inner.begin(place, changer, options));

  commit = (place: DerivedPlace, changer: Changer, deltas: Numbers | null) =>
    this.faults.run('commit', () => this.inner.commit(place, changer, deltas));

  drop = (key: string) => this.faults.run('drop', () => this.inner.drop(key));
}
