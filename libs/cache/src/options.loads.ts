import { IsBoolean } from 'class-validator';
import type { Duration } from './contracts/duration.js';
import { IsDuration, IsLoadOption, Optional } from './options.rules.js';

/** The options of loads as they are checked where they hold for all regions. */
export class LoadSchema {
  @Optional()
  @IsLoadOption('failSafe')
  failSafe?: unknown;

  @Optional()
  @IsDuration()
  softTimeout?: Duration;

  @Optional()
  @IsDuration(1)
  hardTimeout?: Duration;

  @Optional()
  @IsBoolean()
  completeInBackground?: boolean;

  @Optional()
  @IsLoadOption('eagerRefresh')
  eagerRefresh?: number;

  @Optional()
  @IsLoadOption('beta')
  beta?: number;

  @Optional()
  @IsLoadOption('jitter')
  jitter?: number;
}
