import { Module, type DynamicModule } from '@nestjs/common';
import { CommunityStrategy, UserStrategy, VotingStrategy } from '@nuthatch/governance';
import { CacheModule, type CacheModuleOptions } from 'nuthatch';
import { ActivityModule } from './activity/activity.module.js';
import { ActivityStrategy } from './activity/activity.strategy.js';
import { CommunitiesModule } from './communities/communities.module.js';
import { DatabaseModule } from './database/database.module.js';
import type { DatabaseOptions } from './database/governance-database.js';
import { MembersModule } from './members/members.module.js';
import { ObjectsModule } from './objects/objects.module.js';
import { OpenApiModule } from './openapi/openapi.module.js';
import { QuestionsModule } from './questions/questions.module.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { VotesModule } from './votes/votes.module.js';
import { WarmingModule } from './warming/warming.module.js';
import { WalletsModule } from './wallets/wallets.module.js';
import { durabilityOf } from './write-behind.js';

/** What the application runs on. */
export interface GovernanceOptions {
  /** A PostgreSQL; without one, a PGlite child process is started. */
  readonly databaseUrl?: string;
  /** Connections to open to it at most. */
  readonly databasePoolSize?: number;
  /** `'none'`: a new database starts with the questions, but without the votes of the roll calls. Default: `'seeded'`. */
  readonly votes?: DatabaseOptions['votes'];
  /** What the cache is to do differently here; `false`: nothing is cached. */
  readonly cache?: CacheOptions | false;
}

/** Options of the cache; the application brings its own regions. */
export type CacheOptions = Omit<CacheModuleOptions, 'strategies' | 'regions'>;

const MEBIBYTE = 1_048_576;

/** Room for every object of a long access trace; `/health` for everybody. */
const CACHE_OPTIONS: CacheOptions = {
  prefix: 'governance',
  version: 1,
  memory: { maxItems: 200_000, maxBytes: 256 * MEBIBYTE },
  monitoring: { health: true },
};

const STRATEGIES = [CommunityStrategy, UserStrategy, VotingStrategy, ActivityStrategy];

/** The reference application: a legislature's communities, members, questions and votes. */
@Module({})
export class AppModule {
  static register(options: GovernanceOptions = {}): DynamicModule {
    const behind = { writeBehind: { durability: durabilityOf(options.cache || {}) } };
    const cache =
      options.cache === false
        ? [CacheModule.uncached({ strategies: STRATEGIES })]
        : [CacheModule.forRoot({ ...CACHE_OPTIONS, ...behind, ...options.cache, strategies: STRATEGIES })];
    const { databaseUrl: url, databasePoolSize: poolSize, votes } = options;
    const database: DatabaseOptions = { url, poolSize, votes };
    return {
      module: AppModule,
      imports: [
        ...cache, // first: its interceptor stands outside all others
        DatabaseModule.register(database),
        ActivityModule,
        CommunitiesModule,
        MembersModule,
        SessionsModule,
        WalletsModule,
        QuestionsModule,
        VotesModule,
        ObjectsModule,
        WarmingModule,
        OpenApiModule,
      ],
    };
  }
}
