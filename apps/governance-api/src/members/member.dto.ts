import { ApiProperty } from '@nestjs/swagger';
import type { CommunityKind } from '../database/schema.js';
import { COMMUNITY_KINDS } from '../communities/community.js';
import { SetPreferencesDto } from './member-bodies.dto.js';
import {
  GRANTS,
  type UserEvent,
  type UserMembership,
  type UserPermissions,
  type UserPreferences,
  type UserProfile,
} from './member.js';

/** A member's profile, for OpenAPI. */
export class MemberDto implements UserProfile {
  @ApiProperty({ description: 'The row in the roll calls', example: 2 })
  readonly id!: number;
  @ApiProperty({ example: 49_700 })
  readonly icpsr!: number;
  @ApiProperty({ example: 'SESSIONS' })
  readonly name!: string;
  @ApiProperty({ example: 'R' })
  readonly party!: string;
  @ApiProperty({ example: 'AL' })
  readonly state!: string;
}

/** What a member may do in a community, for OpenAPI. */
export class PermissionsDto implements UserPermissions {
  @ApiProperty({ example: 2 })
  readonly userId!: number;
  @ApiProperty({ example: 'senate-109' })
  readonly communityId!: string;
  @ApiProperty({ enum: ['read', 'vote', ...GRANTS], isArray: true, example: ['read', 'vote'] })
  readonly permissions!: readonly string[];
}

/** How a member wants it, for OpenAPI. */
export class PreferencesDto extends SetPreferencesDto implements UserPreferences {
  @ApiProperty({ example: 2 })
  readonly userId!: number;
}

/** Something that a member did, for OpenAPI. */
export class MemberEventDto implements UserEvent {
  @ApiProperty({ enum: ['profile', 'joined', 'left', 'granted', 'linked', 'unlinked'], example: 'joined' })
  readonly kind!: string;
  @ApiProperty({ format: 'date-time' })
  readonly at!: string;
  @ApiProperty({ type: String, nullable: true, example: 'party-r' })
  readonly communityId!: string | null;
}

/** That a member belongs to a community, for OpenAPI. */
export class MembershipDto implements UserMembership {
  @ApiProperty({ example: 'party-r' })
  readonly communityId!: string;
  @ApiProperty({ enum: COMMUNITY_KINDS, example: 'party' })
  readonly kind!: CommunityKind;
}
