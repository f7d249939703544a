import { expect, test } from '@jest/globals';
import { readFigures } from './server-info.js';

const INFO = [
  '# Memory',
  'used_memory:1048576',
  'used_memory_human:1.00M',
  'maxmemory:2097152',
  'maxmemory_policy:allkeys-lru',
  '# Stats',
  'expired_keys:12',
  'evicted_keys:7',
  '# Keyspace',
  'db0:keys=5,expires=4,avg_ttl=100',
  'db3:keys=42,expires=4,avg_ttl=100',
].join('\r\n');

test('what a server says of itself is read from INFO, keys in the database that is used', () => {
  expect(readFigures(INFO, 3)).toEqual({
    usedMemoryBytes: 1_048_576,
    maxMemoryBytes: 2_097_152,
    maxMemoryPolicy: 'allkeys-lru',
    evictedKeys: 7,
    expiredKeys: 12,
    keys: 42,
  });
});

test('a server that leaves something out has none of it', () => {
  expect(readFigures('', 0)).toEqual({
    usedMemoryBytes: 0,
    maxMemoryBytes: 0,
    maxMemoryPolicy: 'unknown',
    evictedKeys: 0,
    expiredKeys: 0,
    keys: 0,
  });
});
