export * from './analytics.js';
export * from './trend.js';
export * from './voting.regions.js';
export * from './voting.strategy.js';
export * from './voting.types.js';
