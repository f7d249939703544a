import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const ROOT = import.meta.dirname;

/** Runs a script in a Node of its own, on the compiled package and without a test runner around it. */
async function node(script: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: ROOT });
  return stdout.trim();
}

const STORE = `new MemoryStore(new FakeClock()).evict(['a']).then((sure) => console.log(sure))`;

test('nuthatch/testing is imported where there is no test runner', async () => {
  const script = `import('nuthatch/testing').then(({ MemoryStore, FakeClock }) => ${STORE})`;
  expect(await node(script)).toBe('true');
});

test('nuthatch/testing is required where there is no test runner', async () => {
  const script = `const { MemoryStore, FakeClock } = require('nuthatch/testing'); ${STORE}`;
  expect(await node(script)).toBe('true');
});
