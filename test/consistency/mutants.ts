import type { Replacement } from '../support/mutation.js';
import type { Scenario } from './scenario.js';

/** The library without one of its rules, and the traffic that shows quickest that it is missing. */
export interface Mutant {
  readonly replacements: readonly Replacement[];
  readonly scenario: Partial<Scenario>;
  /** What must go wrong for the rule to matter. */
  readonly incidents?: readonly string[];
}

/** Few rows, many writes, loads that are often overtaken. */
const HOT = { rows: 2, writePauseMs: 10, slowness: { usualMs: 5, slowMs: 30 } };

export const MUTANTS: Readonly<Record<string, Mutant>> = {
  // a fill stores whatever became of its lease
  'no-fence': {
    replacements: [
      {
        file: 'redis/scripts/lease.js',
        find: 'if text(KEYS[2]) ~= ARGV[1] then return 0 end',
        put: '',
      },
    ],
    scenario: { ...HOT, kinds: ['key', 'redis'] },
  },
  // memory takes values that were asked for before an invalidation
  'no-generation-guard': {
    replacements: [{ file: 'cache/placing.js', find: '|| !trip.stillGood()', put: '' }],
    scenario: { ...HOT, kinds: ['key', 'barred', 'tag'] },
  },
  // who comes after an evict joins a load from before it
  'join-after-evict': {
    replacements: [
      {
        file: 'flight/flights.js',
        find: 'return flight?.validity.stillGood() === true ? flight : undefined;',
        put: 'return flight;',
      },
      {
        file: 'flight/flights.js',
        find: 'this.#remove(hash32(key) & (BUCKETS - 1), key, undefined);',
        put: '',
      },
    ],
    scenario: { ...HOT, kinds: ['key', 'barred', 'tag'], slowness: { usualMs: 10, slowMs: 40 } },
  },
  // an entry carries nonces that are newer than what was loaded
  'tags-read-after-load': {
    replacements: [
      {
        file: 'cache/loading.js',
        find: 'await shared.fill.run(trip, token, loaded, flight);',
        put: 'await this.parts.clearance.declare(trip, trip.request.tags); await shared.fill.run(trip, token, loaded, flight);',
      },
    ],
    scenario: { ...HOT, kinds: ['tag', 'composed'] },
  },
  // a nonce that is gone is as good as the one in the entry
  'absent-tag-valid': {
    replacements: [
      {
        file: 'cache/reader.js',
        find: '(trace.nonce ?? remembered(trip, trace, now)) !== nonce',
        put: '(trace.nonce ?? remembered(trip, trace, now) ?? nonce) !== nonce',
      },
    ],
    scenario: { ...HOT, kinds: ['route'] },
  },
  // a stale value answers whatever became of its tags
  'stale-beyond-tags': {
    replacements: [
      {
        file: 'cache/reader.js',
        find: 'const matches = this.#tagsMatch(trip, entry.header.tags, now);',
        put: "const matches = age === 'stale' || this.#tagsMatch(trip, entry.header.tags, now);",
      },
    ],
    scenario: { ...HOT, kinds: ['stale', 'ahead', 'expired'] },
  },
  // a put stores what an evict has overtaken
  'evict-does-not-spoil-put': {
    replacements: [
      {
        file: 'redis/scripts/writes.js',
        find: "if writers(KEYS[1]) then redis.call('ZADD', KEYS[1], '+inf', 'overlap') end",
        put: '',
      },
    ],
    scenario: { ...HOT, kinds: ['put'], writers: 4 },
  },
  // of two puts that overlap, the one that ends last stores what the other has overtaken
  'late-commit-silent': {
    replacements: [
      {
        file: 'redis/scripts/writes.js',
        find: 'elseif left > 0 and not overlap then',
        put: 'elseif false then',
      },
    ],
    scenario: { ...HOT, kinds: ['put'], writers: 4 },
  },
  // what a dead server did not answer is asked again of its successor, which has old data
  'resend-unfulfilled': {
    replacements: [
      {
        file: 'redis/connection.js',
        find: 'autoResendUnfulfilledCommands: false',
        put: 'autoResendUnfulfilledCommands: true',
      },
      { file: 'redis/connection.js', find: 'maxRetriesPerRequest: 0', put: 'maxRetriesPerRequest: null' },
    ],
    scenario: { ...HOT, kinds: ['redis', 'key'], redisBudgetMs: 5_000 },
    incidents: ['redis freezes, dies and returns with old data'],
  },
  // memory answers whatever the channel says
  'no-gate': {
    replacements: [
      { file: 'coherence/gate.js', find: 'return this.#trustedUntil;', put: 'return Infinity;' },
    ],
    // rows that the deaf process does not write itself: it forgets what it writes
    scenario: {
      kinds: ['key', 'barred'],
      rows: 12,
      readers: 3,
      writers: 1,
      readPauseMs: 20,
      writePauseMs: 500,
      redisBudgetMs: 50,
    },
    incidents: ['a process hears nothing for long'],
  },
};
