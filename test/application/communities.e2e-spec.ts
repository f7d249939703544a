import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CommunityStrategy } from '@nuthatch/governance';
import { LEGISLATURE } from 'governance-api';
import { FleetOfTwo, expectToFollow } from './fleet-of-two.js';

let fleet: FleetOfTwo;

beforeAll(async () => {
  fleet = await FleetOfTwo.start('communities');
});

afterAll(() => fleet.close());

const put = (path: string, body?: unknown) => ({ method: 'PUT', path, body }) as const;
const nameOf = (id: string) => `senators of ${id.slice('state-'.length)}`;

/** A list that only this community is in, as one reads of it in no other test. */
const listWith = (id: string, more: string) => `/communities?kind=state&name=${nameOf(id)}${more}`;

describe.each([
  ['at its first read', false, ['state-al', 'state-az', 'state-ca', 'state-ct']],
  [
    'once it has heard of it, when it has read before',
    true,
    ['state-ak', 'state-ar', 'state-co', 'state-de'],
  ],
] as const)('What another instance answers %s', (_, otherHasRead, [first, second, third, fourth]) => {
  it('is the new name, in the community, in lists and in what happened', async () => {
    const list = `/communities?kind=state&sort=name&name=${nameOf(first)}`;
    const paths = [`/communities/${first}`, `/communities/${first}/activity`, list];
    await expectToFollow(fleet, put(`/communities/${first}`, { name: 'Renamed' }), paths, otherHasRead);
  });

  it('is the new configuration, and the lists that the community has left and come into', async () => {
    const configuration = { visibility: 'members', quorum: 60, votingDays: 3 };
    const paths = [
      `/communities/${second}/configuration`,
      `/communities/${second}/activity`,
      `/members/1/permissions/${second}`,
      listWith(second, '&visibility=public'),
      listWith(second, '&visibility=members'),
    ];
    await expectToFollow(
      fleet,
      put(`/communities/${second}/configuration`, configuration),
      paths,
      otherHasRead,
    );
  });

  it('is who belongs to it after somebody joined, and all that follows from it', async () => {
    const joining = otherHasRead ? 3 : 2;
    const paths = followingMembership(third, joining, '&minMembers=3');
    await expectToFollow(fleet, put(`/communities/${third}/members/${joining}`), paths, otherHasRead);
  });

  it('is who belongs to it after somebody left, and all that follows from it', async () => {
    const members = (await fleet.truth.answer(`/communities/${fourth}/members`)).body as { id: number }[];
    const leaving = members[0]?.id ?? 0;
    const paths = followingMembership(fourth, leaving, '&minMembers=2');
    const leave = { method: 'DELETE', path: `/communities/${fourth}/members/${leaving}` } as const;
    await expectToFollow(fleet, leave, paths, otherHasRead);
  });
});

function followingMembership(id: string, memberId: number, more: string) {
  return [
    `/communities/${id}`,
    `/communities/${id}/members`,
    `/communities/${id}/member-count`,
    `/communities/${id}/activity`,
    `/members/${memberId}/memberships`,
    `/members/${memberId}/permissions/${id}`,
    `/members/${memberId}/activity`,
    listWith(id, more),
  ];
}

describe('A list of communities', () => {
  const idsAt = async (query: string) =>
    ((await fleet.truth.answer(`/communities${query}`)).body as { id: string }[]).map(({ id }) => id);

  it('is all of them by default, and those that match every part of a filter otherwise', async () => {
    const all = await idsAt('');
    expect(all).toHaveLength(54);
    expect(all).toEqual([...all].sort());
    expect(await idsAt('?kind=party&sort=members')).toEqual(['party-r', 'party-d', 'party-indep']);
    expect(await idsAt('?name=DEMO')).toEqual(['party-d']);
    expect(await idsAt('?minMembers=50&sort=name')).toEqual(['party-r', LEGISLATURE]);
    expect(await idsAt('?page=3')).toEqual(all.slice(40));
    expect(await idsAt('?page=4')).toEqual([]);
  });

  it.each(['?kind=club', '?page=0', '?sort=age', '?color=red', '?minMembers=-1'])(
    'is refused where the query asks for what there is not: %s',
    async (query) => {
      expect((await fleet.one.answer(`/communities${query}`)).status).toBe(400);
    },
  );

  it('is loaded once for all ways to ask for it, on all instances', async () => {
    const loads = async () => (await fleet.one.loads()) + (await fleet.other.loads());
    const before = await loads();
    const ways = [
      '?kind=legislature&name=the',
      '?name=the&kind=legislature',
      '?kind=LEGISLATURE&name=The&sort=id',
      '?sort=ID&minMembers=0&name=%20the%20&kind=Legislature',
    ];
    for (const instance of [fleet.one, fleet.other])
      for (const way of ways)
        expect((await instance.answer(`/communities${way}`)).body).toMatchObject([{ id: LEGISLATURE }]);
    expect((await loads()) - before).toBe(1);
  });

  it('stays when a community changes that is of another kind, and goes when it is of this kind', async () => {
    const loadsOf = async (path: string) => {
      const before = await fleet.one.loads();
      await fleet.one.answer(path);
      return (await fleet.one.loads()) - before;
    };
    const list = '/communities?kind=party&minMembers=1';
    expect(await loadsOf(list)).toBe(1);
    await fleet.one.send(put('/communities/state-fl', { name: 'Florida' }));
    expect(await loadsOf(list)).toBe(0);
    await fleet.one.send(put('/communities/party-indep', { name: 'Nobody' }));
    expect(await loadsOf(list)).toBe(1);
  });
});

describe('A community', () => {
  it('that does not exist is found nowhere, and cannot be changed', async () => {
    const answers = await fleet.one.answers(
      ['', '/configuration', '/members', '/member-count', '/activity'].map(
        (part) => `/communities/none${part}`,
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    const configuration = { visibility: 'public', quorum: 1, votingDays: 1 };
    for (const sending of [
      put('/communities/none', { name: 'x' }),
      put('/communities/none/configuration', configuration),
      put('/communities/none/members/2'),
      put('/communities/state-fl/members/999999'),
    ])
      expect((await fleet.one.send(sending)).status).toBe(404);
  });

  it('counts who joins twice once, and tells of it once', async () => {
    const join = put('/communities/state-ga/members/2');
    const counts = [await fleet.one.send(join), await fleet.other.send(join)];
    for (const response of counts)
      expect(await response.json()).toEqual({ communityId: 'state-ga', members: 3 });
    const { body } = await fleet.one.answer('/communities/state-ga/activity');
    expect(body).toMatchObject([{ kind: 'joined', memberId: 2 }]);
  });

  it('can lose its last member', async () => {
    for (const { id } of (await fleet.truth.answer('/communities/state-hi/members')).body as { id: number }[])
      await fleet.one.send({ method: 'DELETE', path: `/communities/state-hi/members/${id}` });
    const paths = ['/communities/state-hi/members', '/communities/state-hi/member-count'];
    const empty = [
      { status: 200, body: [] },
      { status: 200, body: { communityId: 'state-hi', members: 0 } },
    ];
    for (const instance of [fleet.one, fleet.other, fleet.truth])
      expect(await instance.answers(paths)).toEqual(empty);
  });

  it('that is forgotten is read again by every instance, and so are lists; all are when the strategy is cleared', async () => {
    const id = 'state-ia';
    const [configuration, list] = [`/communities/${id}/configuration`, listWith(id, '&sort=members')];
    const paths = [`/communities/${id}`, configuration, list, '/communities/state-id'];
    const strategy = fleet.one.app.get(CommunityStrategy);
    const loads = async () => {
      const before = await fleet.one.loads();
      await fleet.one.answers(paths);
      return (await fleet.one.loads()) - before;
    };
    expect(await loads()).toBe(4);
    expect(await loads()).toBe(0);
    // behind the back of the application: only what is read again shows it
    await fleet.database.db.updateTable('communities').set({ name: 'Iowa' }).where('id', '=', id).execute();
    await expect(strategy.forget(id)).resolves.toBe('confirmed');
    expect(await loads()).toBe(3);
    expect((await fleet.other.answer(`/communities/${id}`)).body).toMatchObject({ name: 'Iowa' });
    await expect(strategy.clear()).resolves.toBe('confirmed');
    expect(await loads()).toBe(4);
  });
});
