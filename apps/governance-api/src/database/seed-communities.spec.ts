import { describe, expect, it } from '@jest/globals';
import { loadRollCalls } from '../rollcalls/rollcalls.js';
import { communitiesOf, LEGISLATURE } from './seed-communities.js';

describe('communitiesOf', () => {
  const { members } = loadRollCalls();
  const { communities, memberships } = communitiesOf(members);

  it('finds the legislature, three parties and fifty states', () => {
    const kinds = communities.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'legislature')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'party')).toHaveLength(3);
    expect(kinds.filter((kind) => kind === 'state')).toHaveLength(50);
  });

  it('puts every senator into three of them, and the President into none', () => {
    for (const { row } of members) {
      const own = memberships.filter(({ member_id }) => member_id === row);
      expect(own).toHaveLength(row === 1 ? 0 : 3);
    }
    expect(memberships.filter(({ community_id }) => community_id === LEGISLATURE)).toHaveLength(101);
  });
});
