import { describe, expect, it } from '@jest/globals';
import { carriesToken } from './bearer-token.js';

const TOKEN = 'correct-horse-battery';

describe('carriesToken', () => {
  it.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER   ${TOKEN}`])('accepts %j', (header) => {
    expect(carriesToken(header, TOKEN)).toBe(true);
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    TOKEN,
    `Basic ${TOKEN}`,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Bearer ${TOKEN.toUpperCase()}`,
    `Bearer${TOKEN}`,
    `x Bearer ${TOKEN}`,
    [`Bearer ${TOKEN}`],
  ])('refuses %j', (header) => {
    expect(carriesToken(header, TOKEN)).toBe(false);
  });

  it('compares the bytes that were sent, for Node shows them as latin1', () => {
    const token = 'nüthatch-ключ-1234';
    const asNodeShowsIt = Buffer.from(token, 'utf8').toString('latin1');
    expect(carriesToken(`Bearer ${asNodeShowsIt}`, token)).toBe(true);
  });

  it('never matches an empty token', () => {
    expect(carriesToken('Bearer ', '')).toBe(false);
    expect(carriesToken('Bearer x', '')).toBe(false);
  });
});
