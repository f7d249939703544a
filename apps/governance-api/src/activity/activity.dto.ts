import { ApiProperty } from '@nestjs/swagger';
import type { Sighting, ViewCount } from './activity.regions.js';

/** When a member was last seen, for OpenAPI. */
export class SightingDto implements Sighting {
  @ApiProperty({ example: 2 })
  readonly memberId!: number;
  @ApiProperty({ format: 'date-time' })
  readonly at!: string;
  @ApiProperty({ enum: ['session', 'vote'] })
  readonly doing!: Sighting['doing'];
}

/** The last time that a member was seen, for OpenAPI. */
export class LastSeenDto {
  @ApiProperty({ type: SightingDto, nullable: true })
  readonly seen!: SightingDto | null;
}

/** How often a community's page was looked at, for OpenAPI. */
export class ViewCountDto implements ViewCount {
  @ApiProperty({ example: 'party-r' })
  readonly communityId!: string;
  @ApiProperty({ example: 1024 })
  readonly views!: number;
}
