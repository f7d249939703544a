import { describe, expect, it } from '@jest/globals';
import { parseArguments, UsageError } from './arguments.js';

describe('parseArguments', () => {
  it('asks for nothing special without arguments', () => {
    expect(parseArguments([])).toEqual({ json: false, redis: true, port: 0 });
  });

  it('reads every option', () => {
    const argv = [
      '--for',
      '10s',
      '--json',
      '--trace',
      'web.xz',
      '--limit=1000000',
      '--no-redis',
      '--port',
      '3000',
    ];
    expect(parseArguments(argv)).toEqual({
      forMs: 10_000,
      json: true,
      trace: 'web.xz',
      limit: 1_000_000,
      redis: false,
      port: 3000,
    });
  });

  it.each([
    ['500ms', 500],
    ['1.5s', 1_500],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ])('reads the time %s', (text, forMs) => {
    expect(parseArguments(['--for', text])).toMatchObject({ forMs });
  });

  it('answers a wish for help before anything else', () => {
    expect(parseArguments(['--help', '--port', '-1'.slice(1)])).toBe('help');
  });

  it.each([
    ['an unknown option', ['--fro', '10s'], "'--fro'"],
    ['a word on its own', ['10s'], "'10s'"],
    ['a missing value', ['--for'], '--for'],
    ['a time without unit', ['--for', '10'], '--for is "10", but must be a time such as'],
    ['no time at all', ['--for', '0s'], '--for is "0s"'],
    ['a negative limit', ['--trace', 'f', '--limit=-5'], '--limit is "-5"'],
    [
      'a limit of nothing',
      ['--trace', 'f', '--limit', '0'],
      '--limit is "0", but must be a whole number from 1',
    ],
    ['a limit without a trace', ['--limit', '5'], '--limit counts the accesses of a trace'],
    ['a trace without a name', ['--trace', ''], '--trace needs the name of a file'],
    [
      'a port that is none',
      ['--port', '65536'],
      '--port is "65536", but must be a whole number from 0 to 65535',
    ],
    ['a value for a switch', ['--json=yes'], '--json'],
  ])('refuses %s', (_what, argv, message) => {
    expect(() => parseArguments(argv)).toThrow(UsageError);
    expect(() => parseArguments(argv)).toThrow(message);
  });
});
