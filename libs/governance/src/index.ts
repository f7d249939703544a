export * from './community/index.js';
export * from './user/index.js';
export * from './voting/index.js';
