import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ArgumentEncoder, escapeText, numberText } from './canonical-argument.js';

describe('escapeText', () => {
  it('leaves alone what is harmless, proper pairs included', () => {
    expect(escapeText('a:b,é🐦')).toBe('a:b,é🐦');
  });

  it('can be undone', () => {
    const unescape = (text: string) =>
      text.replace(/%(?:u(....)|(..))/g, (_, unit?: string, byte?: string) =>
        String.fromCharCode(parseInt(unit ?? byte ?? '', 16)),
      );
    const character = fc.constantFrom(
      '%',
      '{',
      '}',
      'u',
      '2',
      '5',
      '7',
      'B',
      'D',
      '8',
      '\ud83d',
      '\udc26',
      'é',
    );
    fc.assert(
      fc.property(fc.string({ unit: character }), (text) => {
        expect(unescape(escapeText(text))).toBe(text);
        expect(escapeText(text)).not.toMatch(/[{}]|\p{Surrogate}/u);
      }),
    );
  });
});

describe('numberText', () => {
  it('is another text for every other number', () => {
    expect(numberText(-0)).toBe('-0');
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(Number(numberText(value))).toBe(value);
      }),
    );
  });
});

describe('ArgumentEncoder', () => {
  it('keeps the first problem', () => {
    const encoder = new ArgumentEncoder();
    encoder.encode([Symbol('a'), () => 1], 0);
    encoder.encode(() => 1, 0);
    expect(encoder.problem).toBe('a symbol');
  });
});
