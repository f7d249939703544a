import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Message } from './messages.js';
import { decodeMessage, encodeMessage } from './messages.js';

describe('a message', () => {
  const names = fc.array(fc.string({ unit: 'binary' }));
  const message: fc.Arbitrary<Message> = fc.oneof(
    fc.record({ kind: fc.constant('keys' as const), names }),
    fc.record({ kind: fc.constant('stale' as const), names }),
    fc.record({ kind: fc.constant('tags' as const), names }),
    fc.record({ kind: fc.constant('beat' as const), beat: fc.nat() }),
  );

  test('arrives as it was sent, through UTF-8', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const arrived = decodeMessage(Buffer.from(encodeMessage(sent)).toString());
        expect(arrived).toEqual(sent);
      }),
    );
  });

  test('has one letter for its kind, which other releases know', () => {
    const texts = (['keys', 'stale', 'tags'] as const).map((kind) => encodeMessage({ kind, names: ['a'] }));
    expect([...texts, encodeMessage({ kind: 'beat', beat: 7 })]).toEqual([
      'k["a"]',
      's["a"]',
      't["a"]',
      'b7',
    ]);
  });

  test.each([
    '',
    'k',
    's',
    't',
    'b',
    'b-1',
    'b1.5',
    'bx',
    'k{}',
    'k[1]',
    's[1]',
    'k["a",null]',
    'k["a"',
    'x["a"]',
    '["a"]',
  ])('that is none of ours is not understood: %p', (text) => {
    expect(decodeMessage(text)).toBeUndefined();
  });

  test('of any text is understood or not, and nothing throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const arrived = decodeMessage(text);
        return arrived === undefined || ['keys', 'stale', 'tags', 'beat'].includes(arrived.kind);
      }),
    );
  });
});
