export * from './user.keys.js';
export * from './user.regions.js';
export * from './user.strategy.js';
export type * from './user.types.js';
