import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { HeaderFields, HttpResponse } from './response.js';
import { etagOf, joinVary, mayStore, notModified, unkeptHeader, varyNames } from './response.js';

function response(status: number, headers: HeaderFields = {}): HttpResponse {
  return { status, header: (name) => headers[name] };
}

describe('mayStore', () => {
  it.each([
    [200, true],
    [201, true],
    [203, true],
    [204, true],
    [226, true],
    [101, false],
    [206, false],
    [300, false],
    [301, false],
    [304, false],
    [400, false],
    [404, false],
    [500, false],
    [503, false],
  ])('a response with status %i: %s', (status, expected) => {
    expect(mayStore(response(status))).toBe(expected);
  });

  it.each<[string, HeaderFields]>([
    ['a cookie', { 'set-cookie': 'sid=1' }],
    ['several cookies', { 'set-cookie': ['a=1', 'b=2'] }],
    ['a cookie that is not known yet', { 'set-cookie': '' }],
    ['an encoding', { 'content-encoding': 'gzip' }],
    ['no-store', { 'cache-control': 'no-store' }],
    ['private', { 'cache-control': 'private, max-age=60' }],
    ['no-cache', { 'cache-control': 'public, No-Cache' }],
    ['no-cache for some fields', { 'cache-control': 'no-cache="set-cookie"' }],
    ['private in a line of its own', { 'cache-control': ['max-age=60', 'private'] }],
  ])('never with %s', (_, headers) => {
    expect(mayStore(response(200, headers))).toBe(false);
  });

  it.each<[string, HeaderFields]>([
    ['a lifetime', { 'cache-control': 'public, max-age=60' }],
    ['a word in quotes', { 'cache-control': 'max-age=60, x="no-store, private"' }],
  ])('with %s', (_, headers) => {
    expect(mayStore(response(200, headers))).toBe(true);
  });
});

describe('unkeptHeader', () => {
  const before = { 'x-frame-options': 'DENY', vary: 'Origin', 'x-n': 1 };

  it.each<[string, HeaderFields, string | undefined]>([
    ['nothing', { ...before }, undefined],
    ['headers that are kept', { ...before, etag: '"1"', link: '</>', vary: 'Origin, Accept' }, undefined],
    ['the length', { ...before, 'content-length': '5' }, undefined],
    ['a cookie, which is another matter', { ...before, 'set-cookie': ['a=1'] }, undefined],
    ['the same number as text', { ...before, 'x-n': '1' }, undefined],
    ['a new header', { ...before, 'x-total': '5' }, 'x-total'],
    ['a changed header', { ...before, 'x-frame-options': 'SAMEORIGIN' }, 'x-frame-options'],
    ['a removed header', { vary: 'Origin', 'x-n': 1 }, 'x-frame-options'],
    ['a removed header of those that are kept', { 'x-frame-options': 'DENY', 'x-n': 1 }, 'vary'],
  ])('finds, when the handler set %s:', (_, after, expected) => {
    expect(unkeptHeader(before, after)).toBe(expected);
  });
});

describe('varyNames', () => {
  it.each<[string | string[] | undefined, readonly string[] | undefined]>([
    [undefined, []],
    ['', []],
    ['Origin', ['origin']],
    ['Accept-Language,  Accept', ['accept', 'accept-language']],
    [
      ['Origin', 'Accept'],
      ['accept', 'origin'],
    ],
    ['Accept-Encoding', []],
    ['Accept-Encoding, Origin', ['origin']],
    ['*', undefined],
    ['Origin, *', undefined],
    [['Origin', '*'], undefined],
    [', Origin,,', ['origin']],
    ['__proto__', undefined],
    ['constructor', ['constructor']],
  ])('of %j: %j', (vary, expected) => {
    expect(varyNames(vary)).toEqual(expected);
  });
});

describe('joinVary', () => {
  it.each<[string | string[] | undefined, string, string]>([
    [undefined, 'Accept', 'Accept'],
    ['Origin', 'Accept', 'Origin, Accept'],
    ['Origin', 'origin, Accept', 'Origin, Accept'],
    [['Origin', 'Accept'], 'Accept', 'Origin, Accept'],
  ])('%j and %j: %j', (one, other, expected) => {
    expect(joinVary(one, other)).toBe(expected);
  });
});

describe('etagOf', () => {
  it('is weak, and the same for the same body only', () => {
    expect(etagOf('a')).toMatch(/^W\/"[\w-]{27}"$/);
    expect(etagOf('ä')).toBe(etagOf('ä'));
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        fc.pre(one !== other);
        expect(etagOf(one)).not.toBe(etagOf(other));
      }),
    );
  });
});

describe('notModified', () => {
  it.each<[string | undefined, string, boolean]>([
    ['"a"', '"a"', true],
    ['W/"a"', '"a"', true],
    ['"a"', 'W/"a"', true],
    ['"x", W/"a" , "y"', 'W/"a"', true],
    ['*', 'W/"a"', true],
    [' * ', 'W/"a"', true],
    [undefined, 'W/"a"', false],
    ['', 'W/"a"', false],
    ['"A"', 'W/"a"', false],
    ['a', '"a"', false],
    ['"x*"', 'W/"a"', false],
    ['*', '', false],
    ['', '', false],
  ])('%j against %j: %s', (ifNoneMatch, etag, expected) => {
    expect(notModified(ifNoneMatch, etag)).toBe(expected);
  });
});
