import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisServer } from '../support/redis-server.js';

const SCRIPT = join(import.meta.dirname, '../.out/test/guards/unheard.script.js');

/** What runs there where nobody waits for it. */
const SCENES = [
  'joined loads that fail',
  'batches whose loader fails',
  'batches whose last values fail',
  'tags that are promises',
  'a parameter of a route',
  'a unit that fails',
  'loads that fail after their callers have an answer',
  'a lease that cannot be renewed',
  'entries that cannot be prolonged',
  'connections that break under way',
  'a logger that fails',
  'a load that outlives its application',
];

describe('Work that fails where nobody waits for it', () => {
  let server: RedisServer;
  let lines: string[];

  beforeAll(async () => {
    server = await RedisServer.start();
    const env = { ...process.env, NODE_OPTIONS: '' };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [SCRIPT, JSON.stringify({ port: server.port })],
      { env },
    );
    lines = stdout.split('\n');
  });

  afterAll(() => server.stop());

  it.each(SCENES)('ends without an unhandled rejection or exception: %s', (scene) => {
    expect(lines).toContain(`DONE ${scene}`);
    expect(lines.filter((line) => line.startsWith('PROCESS') && line.includes(scene))).toEqual([]);
  });

  it('would be seen by this test', () => {
    expect(lines.filter((line) => line.startsWith('PROCESS'))).toEqual([
      'PROCESS unhandledRejection in the control: Error: on purpose',
    ]);
    expect(lines).toContain('ENDED IN ORDER');
  });
});
