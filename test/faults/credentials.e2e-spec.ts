import { describe } from '@jest/globals';
import { credentials, fewRights } from './credentials.js';
import { expectInShort } from './short.js';

describe('Under load', () => {
  expectInShort(fewRights, credentials);
});
