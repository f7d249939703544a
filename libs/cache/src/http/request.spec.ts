import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { HttpRequest } from './request.js';
import { admission, fieldText, hasDirective, target } from './request.js';

function asking(method: string, headers: HttpRequest['headers'] = {}): HttpRequest {
  return { method, originalUrl: '/', url: '/', headers };
}

describe('admission', () => {
  it.each<[string, HttpRequest['headers'], string]>([
    ['GET', {}, 'full'],
    ['HEAD', {}, 'lookup'],
    ['POST', {}, 'none'],
    ['PUT', {}, 'none'],
    ['PATCH', {}, 'none'],
    ['DELETE', {}, 'none'],
    ['OPTIONS', {}, 'none'],
    ['QUERY', {}, 'none'],
    ['get', {}, 'none'],
  ])('lets %s have what the method allows', (method, headers, expected) => {
    expect(admission(asking(method, headers))).toBe(expected);
  });

  it.each<[string, HttpRequest['headers']]>([
    ['authorization', { authorization: 'Bearer x' }],
    ['an empty authorization', { authorization: '' }],
    ['a cookie', { cookie: 'sid=1' }],
    ['a range', { range: 'bytes=0-1' }],
    ['a body of known length', { 'content-length': '1' }],
    ['a body of unknown length', { 'transfer-encoding': 'chunked' }],
    ['no-store', { 'cache-control': 'no-store' }],
    ['no-store among others', { 'cache-control': 'max-age=0, No-Store' }],
    ['no-store in lines of its own', { 'cache-control': ['max-age=0', 'no-store'] }],
  ])('keeps requests with %s away from the cache', (_, headers) => {
    expect(admission(asking('GET', headers))).toBe('none');
    expect(admission(asking('HEAD', headers))).toBe('none');
  });

  it.each<[string, HttpRequest['headers']]>([
    ['a body of length 0', { 'content-length': '0' }],
    ['other directives', { 'cache-control': 'no-cache, max-age=0' }],
    ['a directive of which no-store is a part', { 'cache-control': 'x-no-store, no-store-please' }],
    ['validators', { 'if-none-match': '"x"', 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' }],
  ])('admits requests with %s', (_, headers) => {
    expect(admission(asking('GET', headers))).toBe('full');
  });
});

describe('hasDirective', () => {
  it.each<[string | string[] | undefined, boolean]>([
    ['private', true],
    ['PRIVATE', true],
    ['  private  ', true],
    ['private="set-cookie"', true],
    ['private = "set-cookie"', true],
    ['max-age=60,private', true],
    ['max-age=60 ,\tprivate\t,', true],
    [',,private', true],
    [['max-age=60', 'private'], true],
    ['no-cache="a, b", private', true],
    ['x="a \\" b", private', true],
    ['x="never closed, private', true],
    ['x="a", y="b, private', true],
    [undefined, false],
    ['', false],
    ['public', false],
    ['privately', false],
    ['x-private', false],
    ['x=private', false],
    ['x="a, private, b"', false],
    ['x="a, private", y="private"', false],
    ['x="a \\", private, b"', false],
  ])('in %j finds private: %s', (value, expected) => {
    expect(hasDirective(value, 'private')).toBe(expected);
  });

  it('finds a directive wherever it stands among others, whatever their arguments', () => {
    const token = fc.stringMatching(/^[a-z-]{1,8}$/).filter((name) => name !== 'private');
    const argument = fc.oneof(
      fc.constant(''),
      fc.stringMatching(/^=[a-z0-9]{1,5}$/),
      fc.stringMatching(/^="([a-z, =]|\\")*"$/),
    );
    const others = fc.array(fc.tuple(token, argument).map(([name, rest]) => name + rest));
    const space = fc.stringMatching(/^[ \t]{0,2}$/);
    fc.assert(
      fc.property(others, others, space, (before, after, gap) => {
        const list = (items: string[]) => items.join(`${gap},${gap}`);
        expect(hasDirective(list([...before, 'Private', ...after]), 'private')).toBe(true);
        expect(hasDirective(list([...before, ...after]), 'private')).toBe(false);
      }),
    );
  });

  it('reads a long field of quotes once', () => {
    const startedAt = performance.now();
    expect(hasDirective('"\\'.repeat(200_000), 'private')).toBe(false);
    expect(hasDirective(`x="${'\\"'.repeat(200_000)}`, 'private')).toBe(false);
    // a look at the rest from each quote would take minutes
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe('fieldText', () => {
  it.each([
    [undefined, ''],
    ['a', 'a'],
    [7, '7'],
    [['a', 'b'], 'a, b'],
    [[], ''],
  ])('makes one line of %j: %j', (value, expected) => {
    expect(fieldText(value)).toBe(expected);
  });
});

describe('target', () => {
  const query = (text: string, allowed?: readonly string[]) => target(`/p?${text}`, allowed).query;

  it.each<[string, string, string]>([
    ['/', '/', ''],
    ['/birds', '/birds', ''],
    ['/birds?', '/birds', ''],
    ['/birds?&&', '/birds', ''],
    ['/Birds/%2e%2E/?x=1', '/Birds/%2e%2E/', 'x=1'],
    ['/birds?x=1?y=2', '/birds', 'x=1?y=2'],
    ['/birds/?x=1', '/birds/', 'x=1'],
    ['http://elsewhere/birds?x=1', 'http://elsewhere/birds', 'x=1'],
    ['/birds?x=1#&id=2', '/birds?x=1#&id=2', ''],
    ['/birds#?id=2', '/birds#?id=2', ''],
  ])('splits %s and leaves the path as it is', (url, path, sorted) => {
    expect(target(url, undefined)).toEqual({ path, query: sorted });
  });

  it.each<[string, string]>([
    ['b=1&a=2', 'a=2&b=1'],
    ['a=2&a=1', 'a=2&a=1'],
    ['a=1&b=3&a=2', 'a=1&a=2&b=3'],
    ['b=1&&a=2&', 'a=2&b=1'],
    ['b&a', 'a&b'],
    ['%62=1&a=2', 'a=2&%62=1'],
    ['a=2&%61=1', 'a=2&%61=1'],
    ['%61=1&a=2', '%61=1&a=2'],
    ['a[]=2&a=1', 'a[]=2&a=1'],
    ['a=1&a%5B%5D=2', 'a=1&a%5B%5D=2'],
    ['b=0&a[y]=1&a[x]=2', 'a[y]=1&a[x]=2&b=0'],
    ['id=1&[id]=2', 'id=1&[id]=2'],
    ['[id]=2&id=1', '[id]=2&id=1'],
    ['ä=1&Z=2&a=3', 'Z=2&a=3&ä=1'],
  ])('sorts by name, and leaves the order where it can matter: %s', (given, expected) => {
    expect(query(given)).toBe(expected);
  });

  it.each<[string, readonly string[], string]>([
    ['a=1&utm=2', ['a'], 'a=1'],
    ['utm=2', ['a'], ''],
    ['a=1', [], ''],
    ['a=1&a=2&b=3', ['a'], 'a=1&a=2'],
    ['a[]=1&a[x]=2&a.y=3&b[a]=4', ['a'], 'a[]=1&a[x]=2&a.y=3'],
    ['a%5Bx%5D=2', ['a'], 'a%5Bx%5D=2'],
    ['[a]=1', ['a'], '[a]=1'],
    ['%61=1', ['a'], '%61=1'],
    ['a[x]=1&a[y]=2', ['a[x]'], 'a[x]=1'],
    ['A=1', ['a'], ''],
  ])('keeps of %s what %j allows', (given, allowed, expected) => {
    expect(query(given, allowed)).toBe(expected);
  });

  it('leaves a query alone that has more parameters than a parser may read', () => {
    const many = Array.from({ length: 1_000 }, (_, n) => `z${n}=`).join('&');
    expect(query(`${many}&id=5`, ['id'])).toBe(`${many}&id=5`);
    expect(query(`${many}&id=5`)).not.toBe(query(`id=5&${many}`));
  });

  const pairs = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'a[]', '%61', 'c'), fc.webQueryParameters()), {
    maxLength: 20,
  });
  const written = (list: readonly (readonly [string, string])[]) =>
    list.map(([name, value]) => `${name}=${value.replaceAll('&', '')}`).join('&');

  it('is a canonical form: what is sorted stays as it is', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const once = query(written(list));
        expect(query(once)).toBe(once);
      }),
    );
  });

  it('is the same in every order of parameters with different names', () => {
    const named = fc.uniqueArray(
      fc.tuple(fc.stringMatching(/^[a-z]{1,3}$/), fc.stringMatching(/^\w{0,3}$/)),
      {
        selector: ([name]) => name,
      },
    );
    const shuffled = named.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        expect(query(written(other))).toBe(query(written(list)));
      }),
    );
  });

  it('never brings together what Node reads differently, and keeps what is allowed', () => {
    const read = (text: string, allowed: readonly string[]) =>
      JSON.stringify(allowed.map((name) => new URLSearchParams(text).getAll(name)));
    const text = pairs.map(written);
    fc.assert(
      fc.property(text, text, (one, other) => {
        fc.pre(query(one, ['a']) === query(other, ['a']));
        expect(read(one, ['a'])).toBe(read(other, ['a']));
      }),
    );
    fc.assert(
      fc.property(text, (one) => {
        expect(read(query(one, ['a']), ['a'])).toBe(read(one, ['a']));
        expect(read(query(one), ['a', 'b', 'c', 'a[]'])).toBe(read(one, ['a', 'b', 'c', 'a[]']));
      }),
    );
  });
});
