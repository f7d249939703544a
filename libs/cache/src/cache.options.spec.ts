import { describe, expect, it } from '@jest/globals';
import { resolveOptions } from './cache.options.js';
import { PLAIN_LOADS } from './contracts/load-policy.js';

describe('resolveOptions', () => {
  it('fills in every default', () => {
    expect(resolveOptions({})).toEqual({
      redis: undefined,
      partitions: {},
      trustPersistence: false,
      warming: { atBoot: false, regions: [] },
      writeBehind: { work: true, leaseMs: 5_000, drainMs: 10_000, degradedAfterMs: 30_000 },
      naming: { prefix: 'nuthatch', version: '1', alsoEvict: ['0', '2'] },
      engine: {
        behind: {
          defaults: {
            durability: 'memory',
            partitions: 8,
            maxDepth: 10_000,
            whenFull: 'block',
            blockForMs: 5_000,
          },
          ackTimeoutMs: 1_000,
          acknowledgesEviction: false,
        },
        regions: {
          ttlMs: 300_000,
          loads: PLAIN_LOADS,
          codec: 'json',
          compress: true,
          compressionThreshold: 1_024,
          maxValueBytes: 1_048_576,
        },
        memory: { maxItems: 10_000, maxBytes: 67_108_864 },
        maxStalenessMs: 2_000,
        beatEveryMs: 500,
        warmingConcurrency: 8,
        maxTags: 100_000,
        outageTtlMs: 1_000,
        redisBudgetMs: 50,
        leaseMs: 3_000,
        sweeps: { regularly: true, everyMs: 600_000 },
        waitMs: 30_000,
        maxWriteMs: 10_000,
      },
      maxCommandsInFlight: 1_000,
      shutdownGraceMs: 2_000,
      http: true,
      regions: [],
      monitoring: { stats: true, health: false },
    });
  });

  it.each([
    [3, '3', ['2', '4']],
    [0, '0', ['1']],
    ['blue', 'blue', []],
    [false, undefined, []],
  ] as const)('evicts the versions beside %p as well', (version, own, alsoEvict) => {
    expect(resolveOptions({ version }).naming).toEqual({ prefix: 'nuthatch', version: own, alsoEvict });
  });

  it('evicts the versions it is told to instead', () => {
    expect(resolveOptions({ version: 3, alsoEvict: ['blue', 1] }).naming.alsoEvict).toEqual(['blue', '1']);
  });

  it('keeps memory older than maxStaleness from lasting through an outage', () => {
    expect(resolveOptions({ outageTtl: '1m', maxStaleness: '5s' }).engine.outageTtlMs).toBe(5_000);
  });

  it('beats four times within maxStaleness', () => {
    expect(resolveOptions({ maxStaleness: '8s' }).engine.beatEveryMs).toBe(2_000);
  });

  it('completes memory and monitoring where they are given in part', () => {
    expect(resolveOptions({ memory: { maxItems: 5 } }).engine.memory).toEqual({
      maxItems: 5,
      maxBytes: 67_108_864,
    });
    expect(resolveOptions({ monitoring: { health: true } }).monitoring).toEqual({
      stats: true,
      health: true,
    });
    expect(resolveOptions({ monitoring: true }).monitoring).toEqual({ stats: true, health: false });
    expect(resolveOptions({ monitoring: false }).monitoring).toBeUndefined();
  });

  it('names all faults in one error', () => {
    expect(() => resolveOptions({ prefix: '', http: 1 as never })).toThrow(/prefix got "".*; http got 1: /);
  });

  it('takes false for loads that are not to be limited or run ahead of time', () => {
    const { regions } = resolveOptions({
      softTimeout: false,
      hardTimeout: false,
      eagerRefresh: false,
    }).engine;
    expect(regions.loads).toEqual(PLAIN_LOADS);
  });
});
