import { IsLoadOption, Optional } from './options.rules.js';

/** The options of loads as they are checked where they hold for all regions. */
export class LoadSchema {
  @Optional()
  @IsLoadOption('failSafe')
  failSafe?: unknown;

  @Optional()
  @IsLoadOption('softTimeout')
  softTimeout?: unknown;

  @Optional()
  @IsLoadOption('hardTimeout')
  hardTimeout?: unknown;

  @Optional()
  @IsLoadOption('completeInBackground')
  completeInBackground?: unknown;

  @Optional()
  @IsLoadOption('eagerRefresh')
  eagerRefresh?: unknown;

  @Optional()
  @IsLoadOption('beta')
  beta?: unknown;

  @Optional()
  @IsLoadOption('jitter')
  jitter?: unknown;
}
