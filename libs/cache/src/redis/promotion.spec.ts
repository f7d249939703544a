import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../../../../test/support/fleet.js';
import { RedisSentinels } from '../../../../test/support/redis-sentinels.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { systemClock } from '../contracts/clock.js';
import type { Resume } from '../contracts/store.js';
import type { RedisTarget } from './connection.js';
import { createConnection } from './connection.js';
import { KeyNames } from './key-names.js';
import type { LinkParts } from './server-link.js';
import { ServerLink } from './server-link.js';

jest.setTimeout(60_000);

const names = new KeyNames({ prefix: 'app', version: '1', alsoEvict: [] });
const BEAT = { channel: 'app:ch:1', message: 'b1' };
const links: ServerLink[] = [];

const closeAll = () => Promise.all(links.splice(0).map((link) => link.close()));

/** A process, which knows what it met: it links to one server after the other, and keeps what each link was told. */
function aProcess(extra: Partial<LinkParts> = {}) {
  const told: string[] = [];
  const promoted: boolean[] = [];
  const resume: Resume = (server) => {
    if (server.renewed !== true) promoted.push(server.promoted);
    return Promise.resolve('resume');
  };
  const parts: LinkParts = {
    names,
    clock: systemClock,
    maxInFlight: 100,
    resume,
    acquaintances: new Map(),
    events: {
      onNewEpoch: () => told.push('new epoch'),
      onReady: () => told.push('ready'),
      onLost: () => told.push('lost'),
      onFailure: (kind, reason) => told.push(`${kind} ${reason}`),
      onBreaker: (state) => told.push(`breaker ${state}`),
    },
    ...extra,
  };
  const linkTo = (target: RedisTarget, place?: string) => {
    const link = new ServerLink(createConnection(target), place === undefined ? parts : { ...parts, place });
    links.push(link);
    link.open();
    return link;
  };
  const reach = async (target: RedisTarget, place?: string) => {
    const link = linkTo(target, place);
    await eventually(() => link.ready);
    return link;
  };
  return { told, promoted, reach };
}

const uptimeOf = async (server: RedisServer) =>
  Number(/uptime_in_seconds:(\d+)/.exec(await server.command('INFO', 'server'))?.[1]);

/** Lets a server grow so old that it can be told from one that started after the last beat. */
const growOld = (server: RedisServer) =>
  eventually(
    () => uptimeOf(server).catch(() => 0),
    (seconds) => seconds >= 2,
  );

describe('when another server takes the place of a master', () => {
  let master: RedisServer;
  let replica: RedisServer;

  beforeEach(async () => {
    [master, replica] = await Promise.all([
      RedisServer.start({ args: ['--repl-diskless-sync-delay', '0'] }),
      RedisServer.start(),
    ]);
    await replica.command('REPLICAOF', '127.0.0.1', String(master.port));
  });

  afterEach(async () => {
    await closeAll();
    await Promise.all([master.stop(), replica.stop()]);
  });

  const toMaster = (process: ReturnType<typeof aProcess>) => process.reach({ url: master.url }, 'm:1');
  const toReplica = (process: ReturnType<typeof aProcess>) => process.reach({ url: replica.url }, 'r:1');

  const replicated = async () => {
    const seen = await eventually(() => answerOf(master, 'HGET', names.epoch, 'seen'));
    await eventually(async () => (await replica.command('HGET', names.epoch, 'seen')) === seen);
  };
  /** As if the master had been beating through for some seconds, so that the replica is older than its last beat. */
  async function timePasses(): Promise<void> {
    await master.command('HSET', names.epoch, 'seen', String(Date.now() + 3_000));
    await replicated();
  }
  const promote = () => replica.command('REPLICAOF', 'NO', 'ONE');

  test('the epoch stays, and every process of before is told to replay, whoever comes first', async () => {
    const [one, other] = [aProcess(), aProcess()];
    const { epoch } = await toMaster(one);
    await toMaster(other);
    await timePasses();
    await master.kill();
    await promote();
    for (const process of [one, other]) {
      expect((await toReplica(process)).epoch).toBe(epoch);
      expect(process.promoted).toEqual([false, true]);
      expect(process.told).not.toContain('new epoch');
    }
    // whoever comes later has nothing to replay
    const late = aProcess();
    expect((await toReplica(late)).epoch).toBe(epoch);
    expect(late.promoted).toEqual([false]);
  });

  test('it is a promotion also when a process that is new here greets first', async () => {
    const one = aProcess();
    const link = await toMaster(one);
    await timePasses();
    await master.kill();
    await promote();
    expect((await toReplica(aProcess())).epoch).toBe(link.epoch);
    expect((await toReplica(one)).epoch).toBe(link.epoch);
    expect(one.promoted).toEqual([false, true]);
  });

  test('a process that is cut off and returns to the promoted server is told once', async () => {
    const one = aProcess();
    await toMaster(one);
    await timePasses();
    await master.kill();
    await promote();
    const link = await toReplica(one);
    await replica.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await eventually(() => one.promoted.length === 3);
    await eventually(() => link.ready);
    expect(one.promoted).toEqual([false, true, false]);
  });

  test('one that started from an old snapshot gets a new epoch, and all hear of it', async () => {
    const [one, other] = [aProcess(), aProcess()];
    const { epoch } = await toMaster(one);
    const link = await toMaster(other);
    await link.beat(BEAT);
    await replicated();
    await replica.command('SAVE');
    await replica.kill();
    await master.kill();
    await replica.restart();
    expect(await replica.command('HGET', names.epoch, 'epoch')).toBe(epoch);
    const renewed = (await toReplica(one)).epoch;
    expect(renewed).not.toBe(epoch);
    expect((await toReplica(other)).epoch).toBe(renewed);
    for (const { promoted, told } of [one, other]) {
      expect(promoted).toEqual([false, false]);
      expect(told).toContain('new epoch');
    }
  });

  test('one that started from an old snapshot gets a new epoch from a process that is new here, too', async () => {
    const { epoch } = await toMaster(aProcess());
    await eventually(async () => (await replica.command('HGET', names.epoch, 'epoch')) === epoch);
    await replica.command('SAVE');
    await replica.kill();
    await replica.restart();
    expect((await toReplica(aProcess())).epoch).not.toBe(epoch);
  });

  test.each([
    { forMs: 60_000, keeps: true },
    { forMs: 120_000, keeps: false },
  ])(
    'after the old one went on without it for $forMs ms the epoch stays: $keeps',
    async ({ forMs, keeps }) => {
      let passedMs = 0;
      const one = aProcess({ clock: { ...systemClock, now: () => systemClock.now() + passedMs } });
      const link = await toMaster(one);
      await timePasses();
      await promote();
      passedMs = forMs;
      await master.kill();
      await eventually(() => one.told.includes('lost'));
      const next = await toReplica(one);
      expect(next.epoch === link.epoch).toBe(keeps);
      expect(one.told.includes('new epoch')).toBe(!keeps);
      expect(one.promoted).toEqual([false, true]);
    },
  );

  test('what a demoted server refuses is not sent again, and the connection is made anew', async () => {
    const one = aProcess();
    const link = await toMaster(one);
    await promote();
    await master.command('REPLICAOF', '127.0.0.1', String(replica.port));
    const refused = await link.send(() => link.redis.incr('count')).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'REDIS_UNAVAILABLE', message: 'Redis answered READONLY' });
    await eventually(() => one.told.includes('lost'));
    expect(link.reachable()).toBe(false);
    await master.command('REPLICAOF', 'NO', 'ONE');
    await eventually(() => link.ready);
    expect(await master.command('GET', 'count')).toBe('');
  });

  test('a demoted server is found out by a beat', async () => {
    const one = aProcess();
    const link = await toMaster(one);
    await master.command('REPLICAOF', '127.0.0.1', String(replica.port));
    await expect(link.beat(BEAT)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    await eventually(() => one.told.includes('lost'));
  });
});

describe('when sentinels choose another master', () => {
  let set: RedisSentinels;
  let beats: NodeJS.Timeout;

  beforeAll(async () => {
    set = await RedisSentinels.start();
  });

  afterAll(async () => {
    await set.stop();
  });

  beforeEach(async () => {
    for (const server of [await set.master(), ...(await set.replicas())]) await growOld(server);
    beats = setInterval(() => {
      for (const link of links) link.beat(BEAT).catch(() => undefined);
    }, 100);
  });

  afterEach(async () => {
    clearInterval(beats);
    await closeAll();
  });

  const reach = (process: ReturnType<typeof aProcess>) =>
    process.reach({ sentinels: set.sentinels, sentinelName: set.name });
  /** The port of the server that a link works with; 0 while it is between two. */
  const portOf = async (link: ServerLink) => {
    if (!link.ready) return 0;
    const info = await link.send(() => link.redis.info('server')).catch(() => 'tcp_port:0');
    return Number(/tcp_port:(\d+)/.exec(info)?.[1]);
  };

  /** Two processes that work with the master, and have beaten for a while. */
  async function twoProcesses() {
    const processes = [aProcess(), aProcess()];
    const reached = await Promise.all(processes.map(reach));
    const [replica] = await set.replicas();
    const { epoch } = reached[0] as ServerLink;
    await eventually(async () => (await answerOf(replica, 'HGET', names.epoch, 'epoch')) === epoch);
    const master = await set.master();
    const seen = await master.command('HGET', names.epoch, 'seen');
    await eventually(
      async () => Number(await answerOf(replica, 'HGET', names.epoch, 'seen')) > Number(seen) + 200,
    );
    return { processes, reached, epoch, master };
  }

  test.each(['graceful', 'kill'] as const)('both processes follow, and the epoch stays: %s', async (how) => {
    const { processes, reached, epoch, master } = await twoProcesses();
    const promoted = await set.failover(how);
    expect(promoted).not.toBe(master);
    for (const link of reached) {
      await eventually(
        () => portOf(link),
        (port) => port === promoted.port,
      );
      expect(link.epoch).toBe(epoch);
    }
    for (const { told, promoted: replays } of processes) {
      expect(told).not.toContain('new epoch');
      expect(replays[0]).toBe(false);
      expect(replays.filter(Boolean)).toHaveLength(1);
    }
    if (how === 'kill') await returned(master);
  });

  test('a master that hangs is left, though it keeps its connections', async () => {
    const { reached, epoch, master } = await twoProcesses();
    master.freeze();
    for (const link of reached) {
      await eventually(
        () => portOf(link),
        (port) => port > 0 && port !== master.port,
        30_000,
      );
      expect(link.epoch).toBe(epoch);
    }
    master.thaw();
  });

  /** Starts a master that crashed, and waits until the sentinels have made it a replica. */
  async function returned(server: RedisServer): Promise<void> {
    await server.restart();
    await eventually(
      async () => (await answerOf(server, 'INFO', 'replication')).includes('link_status:up'),
      Boolean,
      30_000,
    );
  }
});

/** What a server answers; nothing while sentinels turn it into something else and close its connections. */
async function answerOf(server: RedisServer | undefined, ...command: string[]): Promise<string> {
  return (await server?.command(...command).catch(() => '')) ?? '';
}
