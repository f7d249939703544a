import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { endOfTags, readTags, tagBytes, writeTags } from './tag-block.js';

const tag = fc.record({
  tag: fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.constantFrom('', 'é', '\0', 'x'.repeat(65_535)),
  ),
  nonce: fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), maxLength: 255 }),
});

describe('tags in bytes', () => {
  it('come back as they were, wherever they stand', () => {
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 5 }), fc.nat(10), (tags, from) => {
        const bytes = Buffer.alloc(from + tagBytes(tags) + 3, 0xff);
        const end = writeTags(bytes, from, tags);
        expect(end).toBe(bytes.length - 3);
        expect(endOfTags(bytes, from, tags.length)).toBe(end);
        expect(readTags(bytes, from, end)).toEqual(tags);
      }),
    );
  });

  it('end beyond the bytes if these were cut', () => {
    const tags = [
      { tag: 'community:list', nonce: '12:abc' },
      { tag: 'é', nonce: '7:f' },
    ];
    const bytes = Buffer.alloc(tagBytes(tags));
    writeTags(bytes, 0, tags);
    for (let length = 0; length < bytes.length; length++) {
      expect(endOfTags(bytes.subarray(0, length), 0, 2)).toBeGreaterThan(length);
    }
    expect(endOfTags(bytes, 0, 3)).toBe(Infinity);
    expect(endOfTags(Buffer.alloc(2), 0, 0)).toBe(0);
  });
});
