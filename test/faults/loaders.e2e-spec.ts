import { describe } from '@jest/globals';
import { flood } from './flood.js';
import { loaders } from './loaders.js';
import { expectBarsInShort } from './short.js';

describe('Under load', () => {
  expectBarsInShort(loaders, flood);
});
