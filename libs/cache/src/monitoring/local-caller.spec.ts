import { describe, expect, it } from '@jest/globals';
import { isLocalCaller } from './local-caller.js';

const HOST = { host: 'localhost:3000' };

function caller(change: {
  peer?: string | undefined;
  headers?: Record<string, unknown>;
  environment?: string;
}) {
  return { peer: '127.0.0.1', headers: HOST, environment: undefined, ...change };
}

describe('isLocalCaller', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1', '::FFFF:127.3.2.1'])(
    'takes the peer %s for local',
    (peer) => {
      expect(isLocalCaller(caller({ peer }))).toBe(true);
    },
  );

  it.each([
    undefined,
    '',
    '10.0.0.1',
    '192.168.1.7',
    '128.0.0.1',
    '1.127.0.0',
    '::',
    '::ffff:10.0.0.1',
    '::2',
    'fe80::1',
    '2001:db8::127.0.0.1',
    '127.0.0.1.example',
  ])('takes the peer %s for a stranger', (peer) => {
    expect(isLocalCaller(caller({ peer }))).toBe(false);
  });

  it.each([
    'localhost',
    'LocalHost:80',
    '127.0.0.1',
    '127.0.0.1:3000',
    '127.9.9.9:1',
    '[::1]',
    '[::1]:65535',
  ])('takes the host %s for local', (host) => {
    expect(isLocalCaller(caller({ headers: { host } }))).toBe(true);
  });

  it.each([
    undefined,
    '',
    'app.example',
    'localhost.example',
    'localhost.',
    'localhost:3000@evil.example',
    'evil.example:localhost',
    '127.0.0.1.example',
    '127.0.0.1.nip.io:80',
    'localhost:port',
    'localhost:',
    ' localhost',
    'localhost\nevil.example',
    '::1',
    '[::2]:80',
    '0.0.0.0:3000',
  ])('takes the host %j for foreign', (host) => {
    expect(isLocalCaller(caller({ headers: { host } }))).toBe(false);
  });

  it('takes :authority for the host, and wants both to be local where both are given', () => {
    expect(isLocalCaller(caller({ headers: { ':authority': 'localhost:3000' } }))).toBe(true);
    expect(isLocalCaller(caller({ headers: { ':authority': 'evil.example' } }))).toBe(false);
    expect(isLocalCaller(caller({ headers: { ...HOST, ':authority': 'evil.example' } }))).toBe(false);
    expect(isLocalCaller(caller({ headers: {} }))).toBe(false);
  });

  it.each([
    'forwarded',
    'via',
    'cdn-loop',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded-server',
    'x-forwarded',
    'X-Forwarded-For',
    'x-original-forwarded-for',
    'x-original-host',
    'x-real-ip',
    'x-client-ip',
    'x-cluster-client-ip',
    'client-ip',
    'proxy-client-ip',
    'wl-proxy-client-ip',
    'true-client-ip',
    'fastly-client-ip',
    'cf-connecting-ip',
    'do-connecting-ip',
    'x-remote-addr',
    'x-envoy-external-address',
    'x-azure-clientip',
    'x-amzn-trace-id',
  ])('refuses whatever carries the header %s, empty or not', (name) => {
    expect(isLocalCaller(caller({ headers: { ...HOST, [name]: '127.0.0.1' } }))).toBe(false);
    expect(isLocalCaller(caller({ headers: { ...HOST, [name]: '' } }))).toBe(false);
  });

  it('does not mind the headers of a browser', () => {
    const headers = {
      ...HOST,
      'user-agent': 'x',
      accept: '*/*',
      cookie: 'a=b',
      origin: 'http://localhost:3000',
    };
    expect(isLocalCaller(caller({ headers }))).toBe(true);
  });

  it.each([
    ['production', false],
    ['development', true],
    ['test', true],
  ])('in the environment %s answers %s', (environment, expected) => {
    expect(isLocalCaller(caller({ environment }))).toBe(expected);
  });
});
