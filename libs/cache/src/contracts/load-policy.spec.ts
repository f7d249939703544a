import { describe, expect, test } from '@jest/globals';
import { graceMs, loadPolicy, PLAIN_LOADS } from './load-policy.js';

const of = (options: object, base = PLAIN_LOADS) => loadPolicy(options, base, `the region 'seeds'`);

describe('the options of loads', () => {
  test('say nothing: what holds elsewhere holds', () => {
    const base = of({
      failSafe: true,
      softTimeout: '100ms',
      hardTimeout: 2_000,
      beta: 2,
      jitter: 0.1,
      eagerRefresh: 0.8,
    });
    expect(of({}, base)).toEqual(base);
    expect(of({})).toEqual(PLAIN_LOADS);
  });

  test('fill in what fail-safe leaves open', () => {
    expect(of({ failSafe: true }).failSafe).toEqual({
      maxDurationMs: 86_400_000,
      throttleMs: 30_000,
      shouldServe: undefined,
      withoutChannel: false,
    });
    expect(of({ failSafe: { throttle: '5s' } }).failSafe).toMatchObject({ throttleMs: 5_000 });
    expect(graceMs(of({ failSafe: { maxDuration: '1h' } }))).toBe(3_600_000);
  });

  test('turn fail-safe off where another place turns it on', () => {
    const base = of({ failSafe: true, softTimeout: 0 });
    for (const off of [false, { enabled: false }]) expect(graceMs(of({ failSafe: off }, base))).toBe(0);
  });

  test('take what fail-safe leaves open from where it was said before, whether it is on there or not', () => {
    const said = { maxDuration: '1h', throttle: '5s' };
    for (const base of [of({ failSafe: said }), of({ failSafe: { ...said, enabled: false } })]) {
      const terms = { maxDurationMs: 3_600_000, throttleMs: 5_000 };
      expect(of({ failSafe: true }, base).failSafe).toMatchObject(terms);
      expect(of({ failSafe: { withoutChannel: true } }, base).failSafe).toMatchObject({
        ...terms,
        withoutChannel: true,
      });
    }
  });

  test('turn off what holds elsewhere', () => {
    const base = of({ failSafe: true, softTimeout: 1, hardTimeout: 2, eagerRefresh: 0.5, beta: 1 });
    const off = of({ softTimeout: false, hardTimeout: false, eagerRefresh: false, beta: 0 }, base);
    expect([off.softTimeoutMs, off.hardTimeoutMs, off.refreshesAhead]).toEqual([undefined, undefined, false]);
  });

  test('know whether fresh values are loaded anew', () => {
    const ahead = (options: object) => of(options).refreshesAhead;
    expect([ahead({}), ahead({ beta: 1 }), ahead({ eagerRefresh: 0.5 })]).toEqual([false, true, true]);
  });

  test.each([
    [{ failSafe: 1 }, /failSafe of the region 'seeds' must be true, false or an object, got 1/],
    [{ failSafe: [] }, /failSafe of/],
    [{ failSafe: { maxduration: 1 } }, /maxduration is no option of failSafe of the region 'seeds'/],
    [{ failSafe: { throttle: 'soon' } }, /throttle in failSafe .* must be a duration/],
    [{ failSafe: { shouldServe: 5 } }, /shouldServe in failSafe .* must be a function/],
    [{ failSafe: { withoutChannel: 'no' } }, /withoutChannel in failSafe .* must be true or false/],
    [{ softTimeout: 0 }, /softTimeout of the region 'seeds' needs failSafe/],
    [{ hardTimeout: -1 }, /hardTimeout of .* must be a duration/],
    [{ hardTimeout: 0 }, /hardTimeout of .* above 0, or false for no limit, got 0/],
    [{ completeInBackground: 1 }, /completeInBackground of .* must be true or false/],
    [{ eagerRefresh: 0 }, /eagerRefresh of .* above 0 and below 1, got 0/],
    [{ eagerRefresh: 1 }, /eagerRefresh of .* above 0 and below 1/],
    [{ beta: -1 }, /beta of .* 0 or more/],
    [{ beta: NaN }, /beta of/],
    [{ jitter: 1.1 }, /jitter of .* from 0 to 1/],
    [{ jitter: '0.1' }, /jitter of/],
  ])('refuse %j', (options, message) => {
    expect(() => of(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringMatching(message) }),
    );
  });
});
