import { describe } from '@jest/globals';
import { absent } from './absent.js';
import { killed } from './killed.js';
import { readonly } from './readonly.js';
import { expectInShort } from './short.js';

describe('Under load', () => {
  expectInShort(absent, killed, readonly);
});
