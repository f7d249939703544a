import { Global, Module, type DynamicModule } from '@nestjs/common';
import { GovernanceDatabase, type DatabaseOptions } from './governance-database.js';

/** Opens the database before the application starts, and closes it after the last request. */
@Global()
@Module({})
export class DatabaseModule {
  static register(options: DatabaseOptions = {}): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [{ provide: GovernanceDatabase, useFactory: () => GovernanceDatabase.open(options) }],
      exports: [GovernanceDatabase],
    };
  }
}
