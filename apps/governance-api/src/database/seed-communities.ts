import { PRESIDENT_ROW, type RollCallMember } from '../rollcalls/rollcalls.js';
import type { CommunityKind } from './schema.js';

/** The community that puts the questions. */
export const LEGISLATURE = 'senate-109';

const PARTY_NAMES: Readonly<Record<string, string>> = {
  R: 'Republicans',
  D: 'Democrats',
  Indep: 'Independents',
};

interface Communities {
  readonly communities: { id: string; kind: CommunityKind; name: string }[];
  readonly memberships: { community_id: string; member_id: number }[];
}

/** The legislature, its parties and its states, with who belongs to each. The President belongs to none. */
export function communitiesOf(members: readonly RollCallMember[]): Communities {
  const communities = new Map<string, { id: string; kind: CommunityKind; name: string }>();
  const memberships: Communities['memberships'] = [];
  const join = (member: RollCallMember, kind: CommunityKind, id: string, name: string): void => {
    communities.set(id, { id, kind, name });
    memberships.push({ community_id: id, member_id: member.row });
  };
  for (const member of members) {
    if (member.row === PRESIDENT_ROW) continue;
    const { party, state } = member;
    join(member, 'legislature', LEGISLATURE, 'The Senate of the 109th Congress');
    join(member, 'party', `party-${party.toLowerCase()}`, PARTY_NAMES[party] ?? party);
    join(member, 'state', `state-${state.toLowerCase()}`, `The senators of ${state}`);
  }
  return { communities: [...communities.values()], memberships };
}
