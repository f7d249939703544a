export * from './analytics.js';
export type { Tally } from './tally.js';
export * from './voting.regions.js';
export * from './voting.strategy.js';
export * from './voting.types.js';
