import { quietSince } from './decisions.js';
import type { Topic } from './processes.js';
import { advance, announce, mark, markTag, stillGood } from './processes.js';
import type { Scene, WriterKind, WriterRole } from './scenario.js';
import * as server from './server.js';
import type { World, Writer } from './world.js';
import { unmark } from './world.js';

/** One step of a writer: everything it may see and change. */
export interface WriteTurn {
  readonly world: World;
  readonly scene: Scene;
  readonly role: WriterRole;
  readonly me: Writer;
  /** Its bit among the markers, and its token. */
  readonly marker: number;
  readonly token: number;
}

/** A step of a writer and what it is called. */
export interface WriterStep {
  readonly name: string;
  run(turn: WriteTurn): void;
}

function topicOf(kind: WriterKind): Topic {
  return kind === 'invalidate' || kind === 'spoil' ? 'tag' : 'key';
}

function forgetNow({ world, scene, role }: WriteTurn): void {
  advance(world, scene, { topic: topicOf(role.kind), process: role.process });
}

function acknowledgeNow({ world, role, me }: WriteTurn): void {
  const own = world.processes[role.process];
  own.acknowledged = Math.max(own.acknowledged, me.version);
  world.facts.acknowledged = Math.max(world.facts.acknowledged, me.version);
  me.version = 0;
  me.nonce = 0;
  me.timely = 0;
}

const forget: WriterStep = { name: 'forgets', run: forgetNow };

/** Both in one step: a load that starts in between has marks of before, and is only refused more often. */
const write: WriterStep = {
  name: 'writes the row, and its process forgets',
  run: (turn) => {
    turn.me.version = ++turn.world.facts.row;
    forgetNow(turn);
  },
};

const send: WriterStep = {
  name: 'reaches the server',
  run: ({ world, scene, role }) => {
    if (role.kind === 'evict') server.evict(scene, world.server);
    else if (role.kind === 'invalidate') server.invalidateTag(scene, world.server);
    else world.server.tag = 0;
    announce(world, scene, topicOf(role.kind));
  },
};

const acknowledge: WriterStep = {
  name: 'is acknowledged',
  run: (turn) => {
    if (turn.scene.without !== 'forgetsOnlyBefore') forgetNow(turn);
    acknowledgeNow(turn);
  },
};

const readNonce: WriterStep = {
  name: 'reads the nonce to carry',
  run: ({ world, scene, me }) => {
    me.nonce = server.tagNonce(scene, world.server);
    me.timely = 1;
  },
};

const noteClock: WriterStep = {
  name: 'notes the clock',
  run: ({ world, scene, me }) => server.noteClock(scene, world.server, me),
};

const readLateNonce: WriterStep = {
  name: 'reads the nonce of a late tag',
  run: ({ world, scene, me }) => {
    me.nonce = server.tagNonce(scene, world.server);
    me.timely = server.wasTimely(scene, world.server, me) ? 1 : 0;
    me.epoch = 0;
    me.ticks = 0;
  },
};

const begin: WriterStep = {
  name: 'begins',
  run: ({ world, scene, marker }) => {
    server.begin(world.server, marker);
    announce(world, scene, 'key');
  },
};

const commit: WriterStep = {
  name: 'commits',
  run: ({ world, scene, role, me, marker, token: id }) => {
    const storable = role.kind === 'put' && (!scene.tagged || me.timely === 1);
    const entry = { value: storable ? me.version : 0, nonce: me.nonce, id };
    server.commit(scene, world.server, { marker, entry });
    announce(world, scene, 'key');
  },
};

const forgetAndMark: WriterStep = {
  name: 'begins in memory',
  run: (turn) => {
    forgetNow(turn);
    mark(turn.scene, turn.me);
  },
};

/** Keeps the value if nobody else wrote, evicted or invalidated since the write began. */
const commitInMemory: WriterStep = {
  name: 'commits in memory',
  run: (turn) => {
    const { world, scene, role, me } = turn;
    const sole = stillGood(me) && (!scene.late || quietSince(me.moment));
    markTag(me);
    forgetNow(turn);
    if (role.kind === 'put' && (sole || scene.without === 'putIgnoresMarks')) {
      world.processes[role.process].memory = me.version;
    }
    unmark(me);
    acknowledgeNow(turn);
  },
};

const writeOnly: WriterStep = {
  name: 'writes the row',
  run: ({ world, me }) => void (me.version = ++world.facts.row),
};

/** The steps of a writer, in their order. */
export function stepsOf({ scenario, tagged, late }: Scene, kind: WriterKind): readonly WriterStep[] {
  const around = kind === 'put' || kind === 'strict';
  if (scenario.alone) return around ? [forgetAndMark, writeOnly, commitInMemory] : [writeOnly, acknowledge];
  if (!around) return [write, send, acknowledge];
  if (kind === 'strict' || !tagged) return [forget, begin, write, commit, acknowledge];
  if (late) return [noteClock, forget, begin, write, readLateNonce, commit, acknowledge];
  return [readNonce, forget, begin, write, commit, acknowledge];
}
