import { describe, expect, test } from '@jest/globals';
import { describeFailure, failureOf, inWords, isForbidden, isNoMaster } from './refusals.js';

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });

describe('a failure in words', () => {
  test.each([
    {
      error: Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:6379'), { code: 'ECONNREFUSED' }),
      words: 'ECONNREFUSED',
    },
    { error: new Error("OOM command not allowed when used memory > 'maxmemory'. script: f00"), words: 'OOM' },
    {
      error: new Error('WRONGTYPE Operation against a key holding the wrong kind of value'),
      words: 'WRONGTYPE',
    },
    { error: new Error('WRONGPASS invalid username-password pair: admin'), words: 'WRONGPASS' },
    {
      error: new Error("ERR The user executing the script can't access at least one of the channels"),
      words: 'NOPERM',
    },
    { error: new Error('something about the key secret-seed'), words: 'Error' },
    { error: new Error('Connection is closed.'), words: 'connection closed' },
    {
      error: new Error("Socket timeout. Expecting data, but didn't receive any in 5000ms."),
      words: 'no answer for seconds',
    },
    { error: { code: 'EPIPE', message: 'write EPIPE' }, words: 'EPIPE' },
    { error: {}, words: 'unknown failure' },
    { error: 'text with a secret-seed', words: 'unknown failure' },
    { error: undefined, words: 'unknown failure' },
  ])('is $words, and nothing of what was sent', ({ error, words }) => {
    expect(describeFailure(error)).toBe(words);
  });
});

describe('a command that failed', () => {
  test.each([
    { why: 'the server refused it', error: reply('NOPERM this user'), code: 'REDIS_REFUSED' },
    { why: 'the server is full', error: reply('OOM command not allowed'), code: 'REDIS_REFUSED' },
    { why: 'a replica answered', error: reply("READONLY You can't write"), code: 'REDIS_UNAVAILABLE' },
    {
      why: 'a server answered that loads its data',
      error: reply('LOADING Redis is'),
      code: 'REDIS_UNAVAILABLE',
    },
    { why: 'the connection broke', error: new Error('Connection is closed.'), code: 'REDIS_UNAVAILABLE' },
    { why: 'nobody knows why', error: undefined, code: 'REDIS_UNAVAILABLE' },
  ])('has the code $code when $why', ({ error, code }) => {
    expect(failureOf(error)).toMatchObject({ code, name: 'CacheError' });
  });

  test.each([
    { message: "READONLY You can't write against a read only replica. script: f00", is: true },
    {
      message: "ERR Error running script (call to f_00): @user_script:4: -READONLY You can't write",
      is: true,
    },
    { message: 'MASTERDOWN Link with MASTER is down', is: true },
    { message: 'ERR unknown command `READONLY`', is: false },
    { message: 'WRONGTYPE Operation against a key', is: false },
  ])('met a replica or not: $message', ({ message, is }) => {
    expect(isNoMaster(reply(message))).toBe(is);
  });
});

describe('a failure for people', () => {
  test.each(['WRONGPASS', 'NOAUTH', 'NOPERM', 'LOADING'])(
    'of the kind %s says what is wrong, however it came',
    (word) => {
      const words = inWords('connection', word);
      expect(words).toMatch(new RegExp(`^Redis [a-z ,]+\\(${word}\\)$`));
      expect(inWords('command', word)).toBe(words);
    },
  );

  test('names what failed and how otherwise', () => {
    expect(inWords('connection', 'ECONNREFUSED')).toBe('Redis connection failed: ECONNREFUSED');
    expect(inWords('command', 'OOM')).toBe('Redis command failed: OOM');
  });
});

test.each([
  { message: "NOPERM this user has no permissions to run the 'info' command", is: true },
  { message: "ERR unknown command 'INFO', with args beginning with:", is: true },
  { message: 'BUSY Redis is busy running a script', is: false },
  { message: 'LOADING Redis is loading the dataset in memory', is: false },
])('whether a command is there for the user: $message', ({ message, is }) => {
  expect(isForbidden(reply(message))).toBe(is);
  expect(isForbidden(new Error(message))).toBe(false);
});
