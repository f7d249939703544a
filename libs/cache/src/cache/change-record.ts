import type { AnyTarget, Change, Contribution, Counts } from '../contracts/derived.js';
import type { DerivedPlace, Numbers } from '../contracts/derived-store.js';
import { CacheError } from '../contracts/errors.js';
import { addMagnitudes } from '../tiers/magnitude.js';
import { countsOf, magnitudesOf } from './derived-numbers.js';
import type { StructureRuntime, Structures } from './structures.js';

/** One target of a change, with what was done to it so far; `null`: nobody can say. */
export interface ChangeTarget {
  readonly runtime: StructureRuntime;
  readonly place: DerivedPlace;
  readonly deltas: Numbers | null;
}

class RecordedTarget implements ChangeTarget {
  #deltas: Map<string, number> | null = new Map();

  constructor(
    readonly runtime: StructureRuntime,
    readonly place: DerivedPlace,
  ) {}

  get deltas(): Numbers | null {
    return this.#deltas;
  }

  add(numbers: Numbers): void {
    const known = this.#deltas;
    if (known === null) return;
    for (const [name, number] of numbers) {
      const old = known.get(name);
      const isCount = this.runtime.kind === 'counters';
      known.set(name, isCount ? (old ?? 0) + number : addMagnitudes(old, number));
    }
  }

  forget(): void {
    this.#deltas = null;
  }
}

/** What a change did to each of its targets, as the work says it. */
export class ChangeRecord implements Change {
  readonly #targets = new Map<string, RecordedTarget>();
  #ended = false;

  /** @throws CacheError `INVALID_OPTION` unless `targets` are targets, `NO_CANONICAL_KEY` */
  constructor(
    private readonly structures: Structures,
    targets: readonly AnyTarget[],
  ) {
    if (!Array.isArray(targets)) throw invalid('targets must be a list');
    for (const target of targets as readonly AnyTarget[]) {
      const { runtime, place } = this.#find(target);
      this.#targets.set(place.key, new RecordedTarget(runtime, place));
    }
  }

  get targets(): readonly ChangeTarget[] {
    return [...this.#targets.values()];
  }

  /** From now on nothing is taken any more. */
  end(): void {
    this.#ended = true;
  }

  add(target: AnyTarget, deltas: Counts): void {
    const recorded = this.#recorded(target, 'counters');
    recorded.add(countsOf(recorded.runtime, deltas, -Number.MAX_SAFE_INTEGER));
  }

  bump(target: AnyTarget, contribution: Contribution): void {
    const recorded = this.#recorded(target, 'ranking');
    recorded.add(magnitudesOf(recorded.runtime, [contribution]));
  }

  recount(target: AnyTarget): void {
    this.#recorded(target).forget();
  }

  #recorded(target: unknown, kind?: 'counters' | 'ranking'): RecordedTarget {
    if (this.#ended) throw invalid('a change takes nothing any more when its work is done');
    const { runtime, place } = this.#find(target);
    const recorded = this.#targets.get(place.key);
    if (recorded === undefined) throw invalid(`one of '${runtime.name}' is changed that is no target`);
    if (kind !== undefined && runtime.kind !== kind)
      throw invalid(`'${runtime.name}' is ${runtime.kind === 'ranking' ? 'a ranking' : 'counters'}`);
    return recorded;
  }

  #find(target: unknown) {
    const { structure, args } = Object(target) as Partial<AnyTarget>;
    if (structure === undefined || !Array.isArray(args))
      throw invalid('a target is what `at` of counters or a ranking gives');
    const runtime = this.structures.register(structure);
    return { runtime, place: this.structures.place(runtime, args) };
  }
}

function invalid(message: string): CacheError {
  return new CacheError('INVALID_OPTION', `a change: ${message}`);
}
