import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

test('the README shows the example that is run', () => {
  const [, section = ''] = read('README.md').split('\n## Testing code that uses the cache\n');
  const [, shown] = /```ts\n(.*?)```\n/s.exec(section) ?? [];
  expect(shown).toBe(read('test/testing/example.spec.ts'));
});
