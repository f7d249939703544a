import type { LoadTurn } from './flights.js';
import { AT } from './flights.js';
import * as loading from './loading.js';
import type { Move } from './move.js';
import * as reading from './reading.js';
import type { LoaderRole, Scene } from './scenario.js';
import type { Loader, World } from './world.js';

/** A step of a loader and what it is called. */
interface Step {
  readonly name: string;
  run(turn: LoadTurn): void;
}

/** What happens next, by where the loader is. */
const STEPS: Readonly<Record<number, Step>> = {
  [AT.start]: { name: 'comes', run: reading.start },
  [AT.read]: { name: 'reads from Redis', run: reading.read },
  [AT.reply]: { name: 'judges what it read', run: reading.judge },
  [AT.peek]: { name: 'reads the nonce', run: reading.peek },
  [AT.peeked]: { name: 'judges again', run: reading.judgeAgain },
  [AT.lease]: { name: 'asks for the lease', run: loading.askForLease },
  [AT.nonces]: { name: 'reads the nonces to carry', run: loading.readNonces },
  [AT.nonced]: { name: 'has the nonces to carry', run: loading.takeNonces },
  [AT.clock]: { name: 'notes the clock', run: loading.readClock },
  [AT.database]: { name: 'reads the row', run: loading.load },
  [AT.loaded]: { name: 'lands without a fill', run: loading.landUnstored },
  [AT.late]: { name: 'reads the nonce of a late tag', run: loading.readLateNonce },
  [AT.fill]: { name: 'fills', run: loading.sendFill },
  [AT.filled]: { name: 'lands', run: loading.landFilled },
  [AT.release]: { name: 'gives the lease back', run: loading.giveLeaseBack },
};

/** The names of all steps. */
export const LOADER_STEPS: readonly string[] = Object.values(STEPS).map(({ name }) => name);

/** The moves of one loader. Of twins the first starts first: which of them does what makes no difference. */
export function loaderMove(scene: Scene, index: number, role: LoaderRole): Move {
  const before = index === 0 ? undefined : scene.scenario.loaders[index - 1];
  const hasTwin = before?.process === role.process && before.impatient === role.impatient;
  const { process } = role;
  const no = index + 1;
  const whats = new Map(Object.entries(STEPS).map(([at, { name }]) => [Number(at), `loader ${no} ${name}`]));
  return {
    possible: (world) => {
      const me = loaderOf(world, no);
      if (me.at === AT.start) return !hasTwin || loaderOf(world, no - 1).at !== AT.start;
      if (me.at === AT.lease) return role.impatient === true || !mustWait(world, me);
      return STEPS[me.at] !== undefined;
    },
    what: (world) => whats.get(loaderOf(world, no).at) ?? '',
    make: (world) => {
      const { server, processes } = world;
      const me = loaderOf(world, no);
      STEPS[me.at]?.run({ world, scene, server, own: processes[process], process, me, no });
    },
  };
}

/** Another loads, and has stored nothing yet. */
function mustWait({ server }: World, me: Loader): boolean {
  if (server.value !== 0 && server.id !== me.bad) return false;
  return server.writers === 0 && server.lease !== 0;
}

function loaderOf(world: World, no: number): Loader {
  const loader = world.loaders[no - 1];
  if (loader === undefined) throw new RangeError(`there is no loader ${no}`);
  return loader;
}
