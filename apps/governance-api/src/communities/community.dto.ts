import { ApiProperty } from '@nestjs/swagger';
import type { CommunityKind } from '../database/schema.js';
import { ConfigureCommunityDto } from './community-bodies.dto.js';
import {
  COMMUNITY_KINDS,
  type CommunityConfiguration,
  type CommunityEvent,
  type CommunityMemberCount,
  type CommunityMetadata,
} from './community.js';

/** A community, for OpenAPI. */
export class CommunityDto implements CommunityMetadata {
  @ApiProperty({ example: 'party-r' })
  readonly id!: string;
  @ApiProperty({ enum: COMMUNITY_KINDS, example: 'party' })
  readonly kind!: CommunityKind;
  @ApiProperty({ example: 'Republicans' })
  readonly name!: string;
  @ApiProperty({ description: 'How many belong to it', example: 55 })
  readonly size!: number;
}

/** What a community has agreed on, for OpenAPI. */
export class CommunityConfigurationDto extends ConfigureCommunityDto implements CommunityConfiguration {
  @ApiProperty({ example: 'party-r' })
  readonly communityId!: string;
}

/** How many belong to a community, for OpenAPI. */
export class CommunityMemberCountDto implements CommunityMemberCount {
  @ApiProperty({ example: 'party-r' })
  readonly communityId!: string;
  @ApiProperty({ example: 55 })
  readonly members!: number;
}

/** Something that happened in a community, for OpenAPI. */
export class CommunityEventDto implements CommunityEvent {
  @ApiProperty({ enum: ['renamed', 'configured', 'joined', 'left', 'granted'], example: 'joined' })
  readonly kind!: string;
  @ApiProperty({ format: 'date-time' })
  readonly at!: string;
  @ApiProperty({ type: Number, nullable: true, example: 2 })
  readonly memberId!: number | null;
}
