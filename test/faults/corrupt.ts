import { Redis } from 'ioredis';
import { atLeast, atMost, none } from './bars.js';
import type { Scenario } from './scenario.js';
import { faults } from './subject.js';
import type { Subject } from './subject.js';
import { Table } from './table.js';

/** Readers of one pass at a time. */
const READERS = 200;
/** Beyond the keys of the traffic. */
const FIRST = 100_000;
/** How many keys are overwritten by one script. */
const AT_ONCE = 5_000;

/**
 * Overwrites the entries of many keys, and what lies beside them: lease, writers, own tag. Each in one of some ways, by turns.
 * ARGV first last id, real entry; KEYS the key of the entry and of its companions, with the id of the key where `@` stands.
 */
const OVERWRITE = `
local real = ARGV[3]
local function wrong(key, i)
  redis.call('DEL', key)
  if i % 4 == 0 then redis.call('RPUSH', key, 'x')
  elseif i % 4 == 1 then redis.call('HSET', key, 'field', 'x')
  elseif i % 4 == 2 then redis.call('SADD', key, 'x')
  else redis.call('XADD', key, '*', 'field', 'x') end
end
for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  local id = tostring(i)
  local function named(pattern) return (string.gsub(pattern, '@', 's' .. #id .. ':' .. id)) end
  local key = named(KEYS[1])
  local at = i % #real + 1
  if i % 6 == 0 then wrong(key, i)
  elseif i % 6 == 1 then redis.call('SET', key, '')
  elseif i % 6 == 2 then redis.call('SET', key, string.sub(real, 1, at - 1))
  elseif i % 6 == 3 then redis.call('SET', key, real .. 'x')
  elseif i % 6 == 4 then redis.call('SET', key, string.rep(string.char(i % 256), at))
  else
    local changed = string.char((string.byte(real, 17 + at % (#real - 16)) + 1) % 256)
    redis.call('SET', key, string.sub(real, 1, 16 + at % (#real - 16)) .. changed .. string.sub(real, 18 + at % (#real - 16)))
  end
  for k = 2, #KEYS do if (i + k) % 5 == 0 then wrong(named(KEYS[k]), i + k) end end
end
return 1`;

export const corrupt: Scenario = {
  name: 'corrupt-values',
  about: 'entries and all that lies beside them are overwritten with bytes and types of any kind',
  run: async (world) => {
    const server = await world.redis();
    const subject = await world.subject({ redis: { url: server.url }, redisBudget: '1s' });
    const traffic = await world.warmTraffic(subject, { perSecond: 200 });
    const redis = new Redis(server.port);
    world.ends(async () => redis.disconnect());
    const reader = new Reader(subject);
    const count = world.time(100_000, 3_000);

    await overwrite(redis, reader, count);
    for (const shared of ['nuthatch:e:0', 'nuthatch:tc', 'nuthatch:t:{@faults.shared}'])
      await redis.multi().del(shared).rpush(shared, 'x').exec();
    await world.wait(2_000, 1_000);
    const before = (await subject.stats()).values.invalidEntries;
    const first = await reader.pass(count);
    const refused = (await subject.stats()).values.invalidEntries - before;
    const second = await reader.pass(count);
    return {
      traffic,
      bars: [
        none('reads that failed or answered wrongly', first.wrong + second.wrong),
        atLeast('entries refused and counted', refused, count),
        atMost('loads of a key on its first read', first.loads / count, 1),
        none('loads on its second read', second.loads),
      ],
      details: { keys: count },
    };
  },
};

/** Overwrites what a real entry, its lease, its writers and its own tag would be, for each of many keys. */
async function overwrite(redis: Redis, reader: Reader, count: number): Promise<void> {
  const id = String(FIRST);
  await reader.read(id);
  let key: string | undefined;
  while (key === undefined) [key] = await redis.keys(`*:v:*:${id}}`);
  const real = (await redis.getBuffer(key)) ?? Buffer.alloc(100);
  const entry = key.replace(`s${id.length}:${id}`, '@');
  const companions = [
    entry.replace(':v:', ':l:'),
    entry.replace(/:\d+:v:/, ':w:'),
    entry.replace(/:\d+:v:/, ':t:'),
  ];
  for (let from = FIRST; from < FIRST + count; from += AT_ONCE) {
    const last = Math.min(from + AT_ONCE, FIRST + count) - 1;
    await redis.eval(OVERWRITE, 4, entry, ...companions, from, last, real);
  }
}

/** Reads many keys, each once. */
class Reader {
  readonly #table = new Table();

  constructor(private readonly subject: Subject) {}

  async read(id: string): Promise<boolean> {
    const load = async () => {
      this.#table.loads++;
      return { id, version: 1, text: 'acorn' };
    };
    const row = await this.subject.cache.getOrSet(faults.shared, [id], load);
    return row.id === id && row.text === 'acorn';
  }

  /** All of them, some at a time: how many were loaded, and how many answers were wrong. */
  async pass(count: number): Promise<{ readonly loads: number; readonly wrong: number }> {
    const before = this.#table.loads;
    let [next, wrong] = [FIRST, 0];
    const reader = async () => {
      while (next < FIRST + count) if (!(await this.read(String(next++)).catch(() => false))) wrong++;
    };
    await Promise.all(Array.from({ length: READERS }, reader));
    return { loads: this.#table.loads - before, wrong };
  }
}
