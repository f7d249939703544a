import { describe, expect, test } from '@jest/globals';
import { Redirect } from './redirect.js';

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });
const ASKED = '10.0.0.9:7000';

describe('a redirect', () => {
  test.each([
    ['MOVED 3999 127.0.0.1:6381', new Redirect('moved', 3_999, '127.0.0.1:6381')],
    ['MOVED 3999 :6381', new Redirect('moved', 3_999, '10.0.0.9:6381')],
    ['MOVED 3999 ?:6381', new Redirect('moved', 3_999, '10.0.0.9:6381')],
    ['MOVED 0 fe80::1:2:6381', new Redirect('moved', 0, 'fe80::1:2:6381')],
    ['ASK 16383 redis.example.org:6381', new Redirect('ask', 16_383, 'redis.example.org:6381')],
    ['TRYAGAIN Multiple keys request during rehashing of slot', new Redirect('moving')],
    ['CLUSTERDOWN The cluster is down', new Redirect('down')],
  ])('is read from %p', (message, redirect) => {
    expect(Redirect.in(reply(message), ASKED)).toEqual(redirect);
  });

  test.each([
    reply('OOM command not allowed'),
    reply('MOVED'),
    reply('WRONGTYPE x'),
    new Error('MOVED 3999 127.0.0.1:6381'),
    undefined,
    'MOVED 3999 127.0.0.1:6381',
  ])('is not what says something else, or was not answered: %p', (error) => {
    expect(Redirect.in(error, ASKED)).toBeUndefined();
  });
});
