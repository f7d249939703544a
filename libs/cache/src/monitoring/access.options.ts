import type { CanActivate, Type } from '@nestjs/common';

/** What the monitoring routes are and who may see them. */
export interface MonitoringOptions {
  /** `GET /health`: status only, for everybody. Default `false`. */
  readonly health?: boolean;
  /** `GET /cache/stats`. Default `true`. */
  readonly stats?: boolean;
  /** `/cache/*` answers everybody. Default `false`; without effect beside a `token` or `guards`. */
  readonly public?: boolean;
  /** `/cache/*` answers whoever sends `Authorization: Bearer <token>`; at least 16 characters. */
  readonly token?: string;
  /** Guards that decide about `/cache/*`, all of them; found in the container, or made. Beside a `token`, both must pass. */
  readonly guards?: readonly Type<CanActivate>[];
}

/** The options as the access guard reads them; `false`: monitoring is off. */
export type AccessOptions = MonitoringOptions | false;
