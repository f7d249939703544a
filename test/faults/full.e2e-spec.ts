import { describe } from '@jest/globals';
import { evicting, outOfMemory } from './full.js';
import { expectInShort } from './short.js';

describe('Under load', () => {
  expectInShort(outOfMemory, evicting);
});
