import type { Replacement } from '../support/mutation.js';

/** A rule of write-behind that is left out. */
export interface BehindMutant {
  readonly about: string;
  /** What the check must find. */
  readonly broken: 'lost' | 'regressions';
  readonly replacements: readonly Replacement[];
}

const SCRIPTS = 'redis/scripts/write-log.js';

export const MUTANTS: Readonly<Record<string, BehindMutant>> = {
  'settle-first': {
    about: 'writes are removed from their log when they are taken, before the database has them',
    broken: 'lost',
    replacements: [
      {
        file: SCRIPTS,
        find: "return redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[3])",
        put: `local taken = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[3])
for _, one in ipairs(taken) do redis.call('XDEL', KEYS[1], one[1]) end
return taken`,
      },
    ],
  },
  'no-fence': {
    about: 'a new owner gets the fence of the one before, and nobody asks who it is',
    broken: 'regressions',
    replacements: [
      {
        file: SCRIPTS,
        find: 'fence = math.max(fence + 1, micros())',
        put: 'fence = 1',
      },
      { file: SCRIPTS, find: 'return text(KEYS[4]) == ARGV[1] and', put: 'return' },
      { file: 'write-behind/grasp.js', find: 'this.clock.now() < this.#until', put: 'true' },
      { file: 'write-behind/grasp.js', find: 'if (left <= 0)', put: 'if (false)' },
    ],
  },
  'no-pending-first': {
    about: 'who takes a log over begins behind what was taken before',
    broken: 'lost',
    replacements: [
      {
        file: SCRIPTS,
        find: "return redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[3])",
        put: `local from = redis.call('HGET', KEYS[3], 'taken')
local taken = redis.call('XRANGE', KEYS[1], from and '(' .. from or '-', '+', 'COUNT', ARGV[3])
if #taken > 0 then redis.call('HSET', KEYS[3], 'taken', taken[#taken][1]) end
return taken`,
      },
    ],
  },
  'trimmed-by-length': {
    about: 'a log is kept short by dropping what is oldest',
    broken: 'lost',
    replacements: [
      {
        file: SCRIPTS,
        find: "redis.pcall('XADD', KEYS[1], int(version)",
        put: "redis.pcall('XADD', KEYS[1], 'MAXLEN', '50', int(version)",
      },
    ],
  },
};
