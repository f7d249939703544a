import type { Provider, Type } from '@nestjs/common';
import type { Duration } from '../contracts/duration.js';
import { CacheError } from '../contracts/errors.js';
import type { CacheStrategy } from './cache-strategy.js';

/** A strategy, and what this deployment says differently of it. */
export interface StrategyUse {
  readonly use: Type<CacheStrategy>;
  /** How long values are fresh, by the names of the strategy's regions. A name that is none stops the boot. */
  readonly ttl?: Readonly<Record<string, Duration>>;
}

/** A strategy class, or one with what this deployment says differently of it. */
export type StrategyEntry = Type<CacheStrategy> | StrategyUse;

/** What a deployment says of a strategy's regions, on its way through the container to the module that applies it. */
export class StrategySettings {
  constructor(
    readonly strategy: Type<CacheStrategy>,
    readonly ttl: Readonly<Record<string, unknown>>,
  ) {}
}

/**
 * The classes that are listed, and providers for them and for what is said of them.
 * @throws CacheError `INVALID_OPTION` unless every entry is a class, or an object with `use` and at most `ttl` beside it.
 */
export function strategyProviders(entries: unknown, where: string) {
  if (!Array.isArray(entries)) throw invalid(where);
  const uses = (entries as readonly unknown[]).map((entry) => checked(entry, where));
  const classes = uses.map(({ use }) => use);
  const settings = uses.flatMap(({ use, ttl }): Provider[] =>
    ttl === undefined ? [] : [{ provide: Symbol(use.name), useValue: new StrategySettings(use, ttl) }],
  );
  return { classes, providers: [...classes, ...settings] as Provider[] };
}

function checked(entry: unknown, where: string) {
  if (isClass(entry)) return { use: entry, ttl: undefined };
  if (typeof entry !== 'object' || entry === null) throw invalid(where);
  const { use, ttl, ...unknown } = entry as Record<string, unknown>;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) throw invalid(where, `; an entry has no '${stranger}'`);
  if (!isClass(use)) throw invalid(where);
  const isTable = typeof ttl === 'object' && ttl !== null && !Array.isArray(ttl);
  if (ttl !== undefined && !isTable)
    throw invalid(where, `; ttl of ${use.name} must be an object of durations by the names of regions`);
  return { use, ttl: ttl as Readonly<Record<string, unknown>> | undefined };
}

function isClass(value: unknown): value is Type<CacheStrategy> {
  return typeof value === 'function';
}

function invalid(where: string, more = ''): CacheError {
  return new CacheError(
    'INVALID_OPTION',
    `CacheModule: ${where} must be an array of strategy classes, or of { use: class, ttl: { region: duration } }${more}`,
  );
}
