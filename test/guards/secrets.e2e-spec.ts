import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisServer } from '../support/redis-server.js';

const SCRIPT = join(import.meta.dirname, '../.out/test/guards/secrets.script.js');
const PASSWORD = 'SECRET-password';

/** What Nuthatch warned of, and what stopped a boot. */
const told = (output: string) =>
  output.split('\n').filter((line) => line.includes('WARN [Nuthatch] ') || line.includes('CACHE ERROR'));

describe('An application in which everything secret is marked, through every kind of fault', () => {
  let server: RedisServer;
  let output: string;
  let code: unknown;

  beforeAll(async () => {
    server = await RedisServer.start({ args: ['--requirepass', PASSWORD] });
    const life = JSON.stringify({ port: server.port, password: PASSWORD });
    const child = spawn(process.execPath, [SCRIPT, life], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
    });
    const exit = once(child, 'exit');
    const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr)]);
    [code] = await exit;
    output = said + complained;
  });

  afterAll(() => server.stop());

  it('ends in order: nothing was thrown or rejected that nobody caught', () => {
    expect(output.split('\n').filter((line) => line.startsWith('PROCESS '))).toEqual([]);
    expect(output).toContain('ENDED IN ORDER');
    expect(code).toBe(0);
  });

  it('tells no value, key, tag, argument or password, in no log, error or statistic', () => {
    const lines = output.split('\n').filter((line) => line.includes('SECRET'));
    expect(lines).toEqual(['SECRET-control']);
  });

  it.each([
    ['a function that threw', 'key of Garden.badKey threw RangeError;'],
    ['a key that is a promise', 'key of Garden.asyncKey returned a promise; it has to answer at once;'],
    ['a condition that is a promise', 'condition of Garden.asyncCondition returned a promise;'],
    ['an unless that is no yes or no', 'unless of Garden.unlessNoBoolean did not return true or false;'],
    ['tags that are none', 'tags of Garden.badTags did not return an array of tags;'],
    [
      'tags of a region',
      "value of the region 'garden.badTags' is not kept: its tags function threw RangeError",
    ],
    ['tags from results', "'garden.lateTags' is not kept: its resultTags function returned a promise;"],
    [
      'a revive function',
      "value of the region 'garden.typed' is not kept: its revive function threw RangeError",
    ],
    ['a rolledBack', 'rolledBack of Garden.badUnit returned a promise;'],
    ['an instance of a class', "a value of the region 'garden.plain' is not kept: instance of Nut"],
    [
      'a value that is too large',
      "a value of the region 'garden.plain' is not kept: more than 1048576 bytes",
    ],
    [
      'bytes that are no entry',
      "an entry of the region 'garden.plain' in Redis cannot be read and is loaded anew",
    ],
    [
      'a full server',
      "Redis answered OOM to a command for the region 'garden.plain': values are not kept there",
    ],
    ['a command that is not allowed', "Redis answered NOPERM to a command for the region 'garden."],
    ['a replica', "Redis answered READONLY to a command for the region 'garden."],
    ['a server that is silent', "Redis did not answer in time for the region 'garden."],
    ['a message that nobody can read', 'invalidations of other processes may be missed (unreadable message)'],
    ['a wrong password', 'Redis refuses the password or user name (WRONGPASS)'],
    ['a server that is not there', 'Redis connection failed: ECONNREFUSED'],
    ['an option', 'redis.url got a value that is not shown'],
  ])('says what is wrong: %s', (_, words) => {
    expect(told(output).filter((line) => line.includes(words))).not.toEqual([]);
  });

  it('says each thing once, however often it comes up', () => {
    const [sound = ''] = output.split('MISCONFIGURED');
    const said = told(sound).filter((line) => line.includes('WARN'));
    const texts = said.map((line) => line.replace(/^.*\[Nuthatch\] /, ''));
    expect(texts.length).toBeGreaterThan(20);
    expect(texts.filter((line, at) => texts.indexOf(line) !== at)).toEqual([]);
  });

  it('counts each kind in the statistics', () => {
    const stats = /^\/cache\/stats (.*)$/m.exec(output)?.[1] ?? '{}';
    const { warnings } = (JSON.parse(stats) as { instance: { warnings: Record<string, number> } }).instance;
    expect(warnings['option:Garden.badKey:key']).toBe(1);
    expect(warnings['invalid-entry:garden.plain']).toBeGreaterThan(0);
    expect(warnings['redis:default:command:OOM']).toBeGreaterThan(1);
    const kinds = Object.keys(warnings).map((kind) => kind.split(':')[0]);
    expect(kinds).toEqual(
      expect.arrayContaining(['refused', 'redis-refused', 'redis-timeout', 'channel', 'redis']),
    );
  });
});
