import type { ColumnType, Generated } from 'kysely';

/** The tables' schema within the database: nothing is created outside of it. */
export const SCHEMA = 'nuthatch_governance';

/** The legislature, one of its parties, or the two members of a state. */
export type CommunityKind = 'legislature' | 'party' | 'state';

/** Who sees what a community does: everybody, or its members. */
export type Visibility = 'public' | 'members';

interface CommunitiesTable {
  id: string;
  kind: CommunityKind;
  name: string;
}

interface ConfigurationsTable {
  community_id: string;
  visibility: Visibility;
  /** How many percent of the members must vote. */
  quorum: number;
  voting_days: number;
}

interface MembershipsTable {
  community_id: string;
  member_id: number;
}

interface MembersTable {
  /** The row in the roll calls. */
  id: number;
  icpsr: number;
  name: string;
  party: string;
  state: string;
}

interface GrantsTable {
  member_id: number;
  community_id: string;
  permission: string;
}

interface SessionsTable {
  /** The hash of the token; the token itself is kept nowhere. */
  key: string;
  member_id: number;
  expires_at: Date;
}

interface PreferencesTable {
  member_id: number;
  language: string;
  theme: Theme;
  notifications: boolean;
}

/** How pages are shown to a member. */
export type Theme = 'light' | 'dark' | 'system';

interface WalletsTable {
  /** In its canonical form. */
  address: string;
  member_id: number;
}

interface EventsTable {
  id: Generated<number>;
  kind: string;
  at: Generated<Date>;
  community_id: string | null;
  member_id: number | null;
}

interface SightingsTable {
  member_id: number;
  at: ColumnType<Date, string, string>;
  doing: 'session' | 'vote';
  /** Of the write that brought it. */
  version: string;
}

interface ViewCountsTable {
  community_id: string;
  views: string;
}

interface QuestionsTable {
  /** The question's place in the roll calls, from 1. */
  id: number;
  community_id: string;
  /** `2005-01-06` */
  date: string;
  session: number;
  number: number;
  bill: string;
  question: string;
  result: string;
  description: string;
  official_yea: number;
  official_nay: number;
}

interface VotesTable {
  question_id: number;
  member_id: number;
  /** 1-3 yea, 4-6 nay, 7-9 not voting. */
  position: number;
  /** What the position was before it was changed; null as long as the first vote stands. */
  previous: number | null;
  /** When the member first voted on the question. */
  cast_at: Generated<Date>;
  /** Of the member at that time: who changes sides later does not change what was counted. */
  party: string;
  state: string;
  /** Whether the member belonged to the question's community at that time. */
  counted: boolean;
}

interface ObjectsTable {
  type: number;
  id: number;
  body: ObjectBody;
}

/** What a stored object says about itself. */
export interface ObjectBody {
  name: string;
  price: number;
  description: string;
}

/** Every table, for kysely. */
export interface Schema {
  communities: CommunitiesTable;
  memberships: MembershipsTable;
  members: MembersTable;
  configurations: ConfigurationsTable;
  grants: GrantsTable;
  sessions: SessionsTable;
  preferences: PreferencesTable;
  wallets: WalletsTable;
  events: EventsTable;
  sightings: SightingsTable;
  view_counts: ViewCountsTable;
  questions: QuestionsTable;
  votes: VotesTable;
  objects: ObjectsTable;
}
