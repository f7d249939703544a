import { describe } from '@jest/globals';
import { paused } from './paused.js';
import { expectInShort } from './short.js';
import { frozen } from './silent.js';

describe('Under load', () => {
  expectInShort(frozen, paused);
});
