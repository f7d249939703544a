import { accidents, deliveries } from './events.js';
import { loaderMove } from './loader-moves.js';
import type { Move } from './move.js';
import { BROKEN, brokenPromise, isQuiet } from './promises.js';
import type { Mutant, Scenario, Scene } from './scenario.js';
import { SeenWorlds } from './seen-worlds.js';
import { World } from './world.js';
import { writerMove } from './writer-moves.js';

/** What an exploration came to. */
export interface Findings {
  /** How many different worlds there are. */
  readonly worlds: number;
  /** Everything that somebody did or that happened, in some world. */
  readonly moves: ReadonlySet<string>;
  /** The moves that led to a broken promise, which comes last; empty when all hold. */
  readonly story: readonly string[];
}

/** Plays a scenario in every order there is, with one rule of the protocol left out or none. */
export function explore(scenario: Scenario, without?: Mutant): Findings {
  const { tag } = scenario;
  const late = tag === 'late' || tag === 'late key';
  return new Exploration({ scenario, without, late, tagged: tag !== 'none' }).run();
}

class Exploration {
  readonly #moves: readonly Move[];
  readonly #world: World;
  readonly #seen: SeenWorlds;
  /** The worlds on the way to where we are: for each step one array of bytes, which is used again and again. */
  readonly #way: Uint8Array[] = [];
  readonly #story: string[] = [];
  readonly #made = new Set<string>();

  constructor(private readonly scene: Scene) {
    const { loaders, writers } = scene.scenario;
    this.#moves = [
      ...loaders.map((role, i) => loaderMove(scene, i, role)),
      ...writers.map((role, i) => writerMove(scene, i, role)),
      ...deliveries(scene),
      ...accidents(scene),
    ];
    this.#world = new World(scene.scenario);
    this.#seen = new SeenWorlds(this.#world.bytes.length);
  }

  run(): Findings {
    this.#visit(0);
    return { worlds: this.#seen.size, moves: this.#made, story: this.#story };
  }

  /** Goes on from the world as it is now, if it was not seen before; `false` when that leads to a broken promise. */
  #visit(steps: number): boolean {
    const world = this.#world;
    const here = world.bytes;
    if (world.broken !== undefined) return this.#end(world.broken);
    if (!this.#seen.add(here)) return true;
    const broken = brokenPromise(world, this.scene);
    if (broken !== undefined) return this.#end(broken);
    const next = (this.#way[steps] ??= new Uint8Array(here.length));
    let stuck = true;
    for (const move of this.#moves) {
      world.bytes = here;
      if (!move.possible(world)) continue;
      stuck = false;
      const what = move.what(world);
      this.#story.push(what);
      this.#made.add(what);
      next.set(here);
      world.bytes = next;
      move.make(world);
      if (!this.#visit(steps + 1)) return false;
      this.#story.pop();
    }
    world.bytes = here;
    return stuck && !isQuiet(world) ? this.#end(BROKEN.stuck) : true;
  }

  #end(broken: string): boolean {
    this.#story.push(broken);
    return false;
  }
}
