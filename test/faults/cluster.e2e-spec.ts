import { describe } from '@jest/globals';
import { masterKilled, slotsMoved } from './masters.js';
import { expectInShort } from './short.js';

describe('Under load', () => {
  expectInShort(masterKilled, slotsMoved);
});
