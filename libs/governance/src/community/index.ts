export { canonicalFilter } from './community.filter.js';
export * from './community.regions.js';
export * from './community.strategy.js';
export type * from './community.types.js';
