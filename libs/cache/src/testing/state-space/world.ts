import type { Cells, Part, PartKind } from './cells.js';
import { partKind } from './cells.js';
import { KEY_MARK, MOMENT, TAG_MARK, nonceOf } from './decisions.js';
import type { Scenario } from './scenario.js';
import { ACCIDENTS } from './scenario.js';

/*
 * Versions of the row count from 1, and 0 is none; so do nonces, and the numbers of loaders and writers. The number of a
 * loader or writer is also its token, for each has one lease or marker in its life.
 */

const facts = partKind([
  'row',
  // the newest version that was acknowledged by anybody
  'acknowledged',
  // how often these may still happen
  ...ACCIDENTS,
]);

const servers = partKind([
  // the entry
  'value',
  'nonce',
  'id',
  // the loader that holds the lease
  'lease',
  // a bit per writer whose marker is there
  'writers',
  'overlap',
  // the tag's nonce
  'tag',
  // the tag clock; epoch 0: there is none
  'epoch',
  'ticks',
  'invalidatedAt',
  'epochsMade',
  'noncesMade',
]);

const processes = partKind([
  'memory',
  // of the tag, as remembered
  'nonce',
  // the loader whose flight is listed
  'flight',
  // under way to it
  'keyMessages',
  'tagMessages',
  // the newest version that it has acknowledged
  'acknowledged',
  // the newest version that any of its readers was answered, where reads must not go backwards
  'seen',
]);

const loaders = partKind([
  'at',
  // what its process had acknowledged, and seen, when it started
  'floor',
  'seen',
  'keyMark',
  'tagMark',
  // of the table of tags when it started
  'moment',
  // of the tag, as read by it
  'nonce',
  'asked',
  // an entry that it must judge
  'found',
  'foundNonce',
  'foundId',
  'bad',
  'right',
  'value',
  // the tag clock as noted before the load
  'epoch',
  'ticks',
  // the loader whose flight it joined
  'joined',
  'rounds',
]);

const writers = partKind([
  'at',
  'version',
  // of the tag, as read by it, and whether that proves that the tag was not invalidated
  'nonce',
  'timely',
  // the tag clock as noted before the write
  'epoch',
  'ticks',
  // where there is no server, marks from before the write
  'keyMark',
  'tagMark',
  'moment',
]);

type Names<Kind> = Kind extends PartKind<infer Name> ? Name : never;

/** What the server holds of the key and its tag. */
export type Server = Part<Names<typeof servers>>;
/** What one process remembers, and what is under way to it. */
export type Process = Part<Names<typeof processes>>;
/** A call that wants the value. */
export type Loader = Part<Names<typeof loaders>>;
/** A call that writes the row. */
export type Writer = Part<Names<typeof writers>>;

/** Where a loader or a writer is when it has ended. */
export const DONE = 99;

const FIRST_VERSION = 1;

/** Everything there is, at the moment that its bytes describe. */
export class World implements Cells {
  bytes: Uint8Array;
  /** The promise that the last step broke. */
  broken: string | undefined;
  readonly facts: Part<Names<typeof facts>>;
  readonly server: Server;
  readonly processes: readonly [Process, Process];
  readonly loaders: readonly Loader[];
  readonly writers: readonly Writer[];

  /** The world before anybody has moved. */
  constructor(scenario: Scenario) {
    let size = 0;
    const add = <Name extends string>(kind: PartKind<Name>) => {
      size += kind.size;
      return kind.at(this, size - kind.size);
    };
    this.facts = add(facts);
    this.server = add(servers);
    this.processes = [add(processes), add(processes)];
    this.loaders = scenario.loaders.map(() => add(loaders));
    this.writers = scenario.writers.map(() => add(writers));
    this.bytes = new Uint8Array(size);
    for (const actor of [...this.loaders, ...this.writers]) unmark(actor);
    this.facts.row = FIRST_VERSION;
    this.#furnish(scenario);
  }

  #furnish({ accidents = {}, warm, tag }: Scenario): void {
    const { server, facts } = this;
    server.epoch = 1;
    server.epochsMade = 1;
    for (const name of ACCIDENTS) facts[name] = accidents[name] ?? 0;
    if (warm !== true) return;
    server.value = FIRST_VERSION;
    for (const process of this.processes) process.memory = FIRST_VERSION;
    if (tag === 'none') return;
    server.ticks = 1;
    server.noncesMade = 1;
    server.tag = nonceOf(1, 1, 1);
    for (const holder of [server, ...this.processes]) holder.nonce = server.tag;
  }
}

/** Leaves a loader with no part in anything. */
export function retire(loader: Loader): void {
  loaders.clear(loader);
  unmark(loader);
  loader.at = DONE;
}

/** What was never marked must look like what was marked long ago. */
export function unmark(actor: { keyMark: number; tagMark: number; moment: number }): void {
  actor.keyMark = KEY_MARK.past;
  actor.tagMark = TAG_MARK.past;
  actor.moment = MOMENT.past;
}
