import { beforeEach, describe, expect, it } from '@jest/globals';
import { LogReporter } from './log-reporter.js';

describe('LogReporter', () => {
  let lines: string[];
  let reporter: LogReporter;

  beforeEach(() => {
    lines = [];
    reporter = new LogReporter({
      warn: (line: string) => lines.push(`warn ${line}`),
      log: (line: string) => lines.push(`log ${line}`),
    });
  });

  it('warns the first time a kind comes up, whatever the message says later', () => {
    reporter.once('a', 'first');
    reporter.once('a', 'second');
    reporter.once('b', 'third');
    expect(lines).toEqual(['warn first', 'warn third']);
  });

  it('informs every time', () => {
    reporter.info('hello');
    reporter.info('hello');
    expect(lines).toEqual(['log hello', 'log hello']);
  });

  it('stops after a thousand kinds, and says so once', () => {
    for (let kind = 0; kind < 1_000; kind++) reporter.once(`kind ${kind}`, 'told');
    expect(lines).toHaveLength(1_000);
    for (let kind = 1_000; kind < 3_000; kind++) reporter.once(`kind ${kind}`, 'told');
    reporter.once('kind 0', 'told');
    expect(lines).toHaveLength(1_001);
    expect(lines[1_000]).toBe('warn 1000 different warnings were written; there are more, which are not');
    reporter.info('still');
    expect(lines[1_001]).toBe('log still');
  });

  it('counts how often each kind came up, and all beyond the bound together', () => {
    for (const kind of ['a', 'b', 'a']) reporter.once(kind, 'told');
    expect(reporter.warnings).toEqual({ a: 2, b: 1 });
    for (let kind = 0; kind < 1_000; kind++) reporter.once(`kind ${kind}`, 'told');
    expect(reporter.warnings).toMatchObject({ a: 2, 'kind 997': 1, other: 2 });
    expect(Object.keys(reporter.warnings)).toHaveLength(1_001);
  });

  it('says a kind once though its logger comes back with it', () => {
    const again = new LogReporter({
      warn: (line: string) => again.once('a', lines.push(line) + line),
      log: () => 0,
    });
    again.once('a', 'x');
    expect(lines).toEqual(['x']);
  });

  it('survives a logger that fails', () => {
    const fails = () => {
      throw new Error('disk full');
    };
    const unlucky = new LogReporter({ warn: fails, log: fails });
    expect(() => unlucky.once('a', 'x')).not.toThrow();
    expect(() => unlucky.info('x')).not.toThrow();
  });
});
