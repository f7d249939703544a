import type { CommunityKind } from '../database/schema.js';

/** What a community is, without who belongs to it. */
export interface CommunityMetadata {
  readonly id: string;
  readonly kind: CommunityKind;
  readonly name: string;
  /** How many belong to it. */
  readonly size: number;
}
