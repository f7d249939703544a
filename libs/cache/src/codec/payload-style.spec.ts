import { describe, expect, it } from '@jest/globals';
import { styleByte, styleOf } from './payload-style.js';

describe('the byte of a style', () => {
  it('is understood in both directions, for all 18 styles', () => {
    const known = Array.from({ length: 256 }, (_, byte) => byte).filter(
      (byte) => styleOf(byte) !== undefined,
    );
    expect(known).toHaveLength(18);
    for (const byte of known) expect(styleByte(styleOf(byte)!)).toBe(byte);
  });

  it('never changes its meaning', () => {
    expect(styleByte({ codec: 'json', compression: 'none', typed: false })).toBe(0);
    expect(styleByte({ codec: 'msgpack', compression: 'deflate', typed: false })).toBe(5);
    expect(styleByte({ codec: 'v8', compression: 'brotli', typed: true })).toBe(26);
    expect(styleOf(undefined)).toBeUndefined();
  });
});
