import { describe } from '@jest/globals';
import { corrupt } from './corrupt.js';
import { hostile } from './hostile.js';
import { unstorable } from './misfits.js';
import { expectInShort } from './short.js';

describe('Under load', () => {
  expectInShort(hostile, corrupt, unstorable);
});
