/**
 * The reference application as a package: what a test needs to run it as it likes.
 * Start it on Express or Fastify, share one database between several, and compare its answers with the roll calls.
 */
export { AppModule, type GovernanceOptions } from './app.module.js';
export {
  createApp,
  startApp,
  type CreateAppOptions,
  type Platform,
  type RunningApp,
  type StartAppOptions,
} from './create-app.js';
export { GovernanceDatabase, type DatabaseOptions } from './database/governance-database.js';
export { PGLITE_POOL_SIZE, startPGlite, type PGliteServer } from './database/pglite.js';
export { SCHEMA, type Schema } from './database/schema.js';
export { LEGISLATURE } from './database/seed-communities.js';
export { seed, type SeedOptions } from './database/seed.js';
export { stored } from './regions.js';
export {
  countVotes,
  loadRollCalls,
  officialTotals,
  positionOf,
  type RollCalls,
} from './rollcalls/rollcalls.js';
export type { CastAnswer } from './votes/vote.js';
export type { Question, QuestionFilter, QuestionPage, QuestionSummary } from './questions/question.js';
