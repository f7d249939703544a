import { expect, test } from '@jest/globals';
import { CacheError } from '../contracts/errors.js';
import { reasonOf, verdictOn } from './failures.js';

const coded = (code: unknown, more: object = {}) => Object.assign(new Error('secret'), { code, ...more });

test.each([
  ['a check', coded('23514'), 'permanent'],
  ['a value that is none', coded('22P02'), 'permanent'],
  ['a missing table', coded('42P01'), 'permanent'],
  ['more rows than one', coded('21000'), 'permanent'],
  ['a broken connection', coded('08006'), 'transient'],
  ['a deadlock', coded('40P01'), 'transient'],
  ['a full disk', coded('53100'), 'transient'],
  ['a lock that is held', coded('55P03'), 'transient'],
  ['a shutdown', coded('57P01'), 'transient'],
  ['a refused connection', coded('ECONNREFUSED'), 'transient'],
  ['a reset connection', coded('ECONNRESET'), 'transient'],
  ['an unknown host', coded('EAI_AGAIN'), 'transient'],
  ['a cache without Redis', new CacheError('REDIS_UNAVAILABLE', ''), 'transient'],
  ['a connection that ended', new Error('Connection terminated unexpectedly'), 'transient'],
  ['a wrapped check', new Error('insert failed', { cause: coded('23505') }), 'permanent'],
  ['an ORM’s error', coded('P_SOMETHING', { driverError: coded('40001') }), 'transient'],
  ['several at once', new AggregateError([new Error('x'), coded('ECONNREFUSED')]), 'transient'],
  ['a class that is not known', coded('XX000'), 'unknown'],
  ['a bug', new TypeError('x is not a function'), 'unknown'],
  ['a number as code', coded(23_505), 'unknown'],
  ['text', '23505', 'unknown'],
  ['nothing', undefined, 'unknown'],
])('%s is judged by what it says', (_, error, verdict) => {
  expect(verdictOn(error)).toBe(verdict);
});

test('an error that is its own cause is judged, too', () => {
  const error: Error & { cause?: unknown } = new Error('round');
  error.cause = error;
  expect(verdictOn(error)).toBe('unknown');
});

test('a reason names class and code, and never what the message says', () => {
  expect([reasonOf(coded('23514')), reasonOf(new TypeError('secret')), reasonOf('secret')]).toEqual([
    'Error 23514',
    'TypeError',
    'string',
  ]);
  expect(reasonOf(coded('secret value with spaces'))).toBe('Error');
  expect(reasonOf({ code: 'X1' })).toBe('object X1');
  expect(reasonOf(Object.assign(new Error('x'), { name: 'a secret value' }))).toBe('Error');
  expect(reasonOf(null)).toBe('object');
});

test('an error whose properties throw is one of which nobody knows anything', () => {
  const error = Object.defineProperty(new Error('odd'), 'code', {
    get: () => {
      throw new Error('no code');
    },
  });
  expect([verdictOn(error), reasonOf(error)]).toEqual(['unknown', 'object']);
});
