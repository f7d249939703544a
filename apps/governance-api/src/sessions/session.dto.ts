import { ApiProperty } from '@nestjs/swagger';
import type { UserSession } from '@nuthatch/governance';
import { IsInt, Max, Min } from 'class-validator';

/** The body of a new session. */
export class BeginSessionDto {
  @ApiProperty({ description: 'Whoever says so is let in: an example has no passwords', example: 2 })
  @IsInt()
  @Min(1)
  @Max(2_147_483_647)
  memberId!: number;
}

/** A session, for OpenAPI. */
export class SessionDto implements UserSession {
  @ApiProperty({ example: 2 })
  readonly userId!: number;
  @ApiProperty({ description: 'When it ends at the latest, however often it is used', format: 'date-time' })
  readonly expiresAt!: string;
}

/** A session that has just begun, for OpenAPI. */
export class BegunSessionDto extends SessionDto {
  @ApiProperty({ description: 'What the session is known by; it is told this once and kept nowhere' })
  readonly token!: string;
}

/** How many sessions were ended, for OpenAPI. */
export class RevokedSessionsDto {
  @ApiProperty({ example: 2 })
  readonly revoked!: number;
}
