import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UserStrategy, sessionKey } from '@nuthatch/governance';
import { FleetOfTwo, expectToFollow } from './fleet-of-two.js';
import type { Instance } from './fleet-of-two.js';

let fleet: FleetOfTwo;

beforeAll(async () => {
  fleet = await FleetOfTwo.start('users');
});

afterAll(() => fleet.close());

const put = (path: string, body?: unknown) => ({ method: 'PUT', path, body }) as const;
const remove = (path: string) => ({ method: 'DELETE', path }) as const;

/** How many values an instance asks its database for in order to answer. */
async function loadsOf(instance: Instance, ...paths: string[]): Promise<number> {
  const before = await instance.loads();
  await instance.answers(paths);
  return (await instance.loads()) - before;
}

describe.each([
  ['at its first read', false, 10],
  ['once it has heard of it, when it has read before', true, 20],
] as const)('What another instance answers %s', (_, otherHasRead, first) => {
  it('is the new profile, also where communities show their members', async () => {
    const id = first;
    const communities = (await fleet.truth.answer(`/members/${id}/memberships`)).body as {
      communityId: string;
    }[];
    const state = communities.find(({ communityId }) => communityId.startsWith('state-'))?.communityId;
    const paths = [`/members/${id}`, `/members/${id}/activity`, `/communities/${state}/members`];
    await expectToFollow(fleet, put(`/members/${id}`, { name: 'RENAMED' }), paths, otherHasRead);
  });

  it('is what somebody is granted in one community', async () => {
    const [path, community] = [`/members/${first + 1}/permissions/party-r`, 'party-r'];
    const paths = [path, `/members/${first + 1}/activity`, `/communities/${community}/activity`];
    await expectToFollow(fleet, put(path, { permissions: ['propose'] }), paths, otherHasRead);
  });

  it('is that every grant was taken back', async () => {
    const of = (community: string) => `/members/${first + 2}/permissions/${community}`;
    const paths = [of('party-d'), of('party-indep')];
    for (const path of paths) await fleet.one.send(put(path, { permissions: ['moderate'] }));
    await expectToFollow(fleet, remove(`/members/${first + 2}/permissions`), paths, otherHasRead);
  });

  it('is the new preferences', async () => {
    const path = `/members/${first + 3}/preferences`;
    const preferences = { language: 'de', theme: 'dark', notifications: false };
    await expectToFollow(fleet, put(path, preferences), [path], otherHasRead);
  });

  it("is whose a wallet is, whichever way it is written, and that it is nobody's any more", async () => {
    const address = `0x${String(first).repeat(19)}Ab`;
    const ways = [address, address.toLowerCase(), address.toUpperCase().replace('0X', '0x')];
    const paths = [...ways.map((way) => `/wallets/${way}`), `/members/${first + 4}/activity`];
    const link = `/members/${first + 4}/wallets/${address.toUpperCase().replace('0X', '0x')}`;
    await expectToFollow(fleet, put(link), paths, otherHasRead);
    await expectToFollow(fleet, remove(link), paths, otherHasRead);
  });
});

describe('Permissions', () => {
  it('come from belonging, from grants, and from what strangers may do', async () => {
    const at = async (path: string) =>
      ((await fleet.one.answer(path)).body as { permissions: string[] }).permissions;
    await fleet.one.send(put('/communities/state-mt/members/30'));
    await fleet.one.send(put('/members/30/permissions/state-mt', { permissions: ['propose', 'configure'] }));
    expect(await at('/members/30/permissions/state-mt')).toEqual(['configure', 'propose', 'read', 'vote']);
    expect(await at('/members/31/permissions/state-mt')).toEqual(['read']);
    const configuration = { visibility: 'members', quorum: 1, votingDays: 1 };
    await fleet.one.send(put('/communities/state-mt/configuration', configuration));
    expect(await at('/members/31/permissions/state-mt')).toEqual([]);
  });

  it('are read again for one member in one community, and for nobody else', async () => {
    const [one, elsewhere, another] = [
      '/members/32/permissions/state-nd',
      '/members/32/permissions/state-ne',
      '/members/33/permissions/state-nd',
    ];
    expect(await loadsOf(fleet.one, one, elsewhere, another)).toBe(3);
    await fleet.one.send(put(one, { permissions: ['propose'] }));
    expect(await loadsOf(fleet.one, elsewhere, another)).toBe(0);
    expect(await loadsOf(fleet.one, one)).toBe(1);
    await fleet.one.app.get(UserStrategy).permissionsChangedIn('state-nd');
    expect(await loadsOf(fleet.one, one, elsewhere, another)).toBe(2);
    await fleet.one.app.get(UserStrategy).permissionsChanged(32);
    expect(await loadsOf(fleet.one, one, elsewhere, another)).toBe(2);
  });

  it('are taken back at once also on an instance that hears of it late', async () => {
    const path = '/members/34/permissions/party-r';
    const grant = () => fleet.one.send(put(path, { permissions: ['moderate'] }));
    const takeBack = [
      () => fleet.one.send(put(path, { permissions: [] })),
      () => fleet.one.send(remove('/members/34/permissions')),
    ];
    const may = async () =>
      ((await fleet.other.answer(path)).body as { permissions: string[] }).permissions.includes('moderate');
    fleet.line.delay(50, 'replies');
    try {
      for (const send of [...takeBack, ...takeBack]) {
        await grant();
        expect([await may(), await may()]).toEqual([true, true]);
        expect((await send()).ok).toBe(true);
        expect(await may()).toBe(false);
      }
    } finally {
      fleet.line.heal();
    }
  });

  it.each([{ permissions: ['rule'] }, { permissions: 'propose' }, {}])('refuse to be %j', async (body) => {
    expect((await fleet.one.send(put('/members/2/permissions/party-r', body))).status).toBe(400);
  });
});

describe('A session', () => {
  async function begin(memberId: number): Promise<{ token: string; path: string }> {
    const response = await fleet.one.send({ method: 'POST', path: '/sessions', body: { memberId } });
    expect(response.status).toBe(201);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const { token } = (await response.json()) as { token: string };
    return { token, path: `/sessions/${token}` };
  }
  const statusAt = async (path: string) =>
    Promise.all([fleet.one, fleet.other].map(async (instance) => (await instance.answer(path)).status));

  it('is known to every instance, and loaded once', async () => {
    const { path } = await begin(40);
    expect(await loadsOf(fleet.one, path)).toBe(1);
    expect(await loadsOf(fleet.other, path)).toBe(0);
    expect((await fleet.other.answer(path)).body).toEqual({ userId: 40, expiresAt: expect.any(String) });
  });

  it('is ended on every instance at once, also on one that has just used it', async () => {
    for (let round = 0; round < 20; round++) {
      const { path } = await begin(41);
      expect(await statusAt(path)).toEqual([200, 200]);
      expect((await fleet.one.send(remove(path))).status).toBe(204);
      expect((await fleet.other.answer(path)).status).toBe(404);
      expect(await statusAt(path)).toEqual([404, 404]);
    }
  });

  it('is ended at once also on an instance that hears of it late', async () => {
    const ends = [
      async ({ path }: { path: string }) => fleet.one.send(remove(path)),
      async () => fleet.one.send(remove('/members/46/sessions')),
    ];
    // news of an invalidation takes as long as the answer to a question: a memory that answered before either would be wrong
    fleet.line.delay(50, 'replies');
    try {
      for (const end of [...ends, ...ends]) {
        const session = await begin(46);
        expect(await statusAt(session.path)).toEqual([200, 200]);
        expect((await fleet.other.answer(session.path)).status).toBe(200);
        expect((await end(session)).ok).toBe(true);
        expect((await fleet.other.answer(session.path)).status).toBe(404);
      }
    } finally {
      fleet.line.heal();
    }
  });

  it("is ended with all others of its member, and with nobody else's", async () => {
    const sessions = [await begin(42), await begin(42), await begin(42)];
    const another = await begin(43);
    for (const { path } of [...sessions, another]) expect(await statusAt(path)).toEqual([200, 200]);
    const response = await fleet.one.send(remove('/members/42/sessions'));
    expect(await response.json()).toEqual({ revoked: 3 });
    for (const { path } of sessions) expect((await fleet.other.answer(path)).status).toBe(404);
    for (const { path } of sessions) expect(await statusAt(path)).toEqual([404, 404]);
    expect(await loadsOf(fleet.other, another.path)).toBe(0);
    expect(await statusAt(another.path)).toEqual([200, 200]);
    expect(await (await fleet.one.send(remove('/members/42/sessions'))).json()).toEqual({ revoked: 0 });
  });

  it('that has come to its end is none, however often one asks for it and though it is still kept', async () => {
    const token = 'a token of long ago';
    const ended = { key: sessionKey(token), member_id: 44, expires_at: new Date(Date.now() - 1) };
    await fleet.database.db.insertInto('sessions').values(ended).execute();
    const path = `/sessions/${encodeURIComponent(token)}`;
    expect(await loadsOf(fleet.one, path)).toBe(1);
    expect(await loadsOf(fleet.other, path)).toBe(0);
    expect(await statusAt(path)).toEqual([404, 404]);
  });

  it('is kept under the hash of its token, which is kept nowhere', async () => {
    const { token, path } = await begin(45);
    await fleet.other.answer(path);
    const rows = await fleet.database.db.selectFrom('sessions').selectAll().execute();
    expect(rows.map(({ key }) => key)).toContain(sessionKey(token));
    expect(JSON.stringify(rows)).not.toContain(token);
    const kept = await fleet.kept();
    expect(kept.some((text) => text.includes(sessionKey(token)))).toBe(true);
    expect(kept.filter((text) => text.includes(token))).toEqual([]);
  });

  it('needs a member', async () => {
    const post = (body: unknown) => fleet.one.send({ method: 'POST', path: '/sessions', body });
    expect((await post({ memberId: 999_999 })).status).toBe(404);
    expect((await post({ memberId: 'me' })).status).toBe(400);
    expect((await fleet.one.send(remove('/members/999999/sessions'))).status).toBe(404);
  });
});

describe('A wallet', () => {
  const hex = '0xDe709f2102306220921060314715629080e2fB77';
  const base58 = 'DYw8jCTfwHNRJhhmFcbXvVDTqWMEVFBX6ZKUmG5CNSKK';

  it("that is nobody's is looked for once, on all instances and in whatever case a hex address is", async () => {
    const ways = [hex, hex.toLowerCase(), hex.replace('0x', '0X')].map((way) => `/wallets/${way}`);
    expect(await loadsOf(fleet.one, ...ways)).toBe(1);
    expect(await loadsOf(fleet.other, ...ways)).toBe(0);
  });

  it('has another address when a letter of it is in another case, unless it is hex', async () => {
    await fleet.one.send(put(`/members/50/wallets/${base58}`));
    expect((await fleet.other.answer(`/wallets/${base58}`)).body).toEqual({ address: base58, userId: 50 });
    expect((await fleet.other.answer(`/wallets/${base58.toLowerCase()}`)).status).toBe(404);
  });

  it('cannot be taken from somebody by linking it, nor by unlinking it for another', async () => {
    await fleet.one.send(put(`/members/51/wallets/${hex}`));
    expect((await fleet.other.send(put(`/members/52/wallets/${hex.toLowerCase()}`))).status).toBe(409);
    expect((await fleet.other.send(remove(`/members/52/wallets/${hex}`))).status).toBe(204);
    for (const instance of [fleet.one, fleet.other])
      expect((await instance.answer(`/wallets/${hex}`)).body).toEqual({
        address: hex.toLowerCase(),
        userId: 51,
      });
    expect((await fleet.one.send(put(`/members/999999/wallets/${hex}`))).status).toBe(404);
    expect((await fleet.one.answer('/wallets/0x-1')).status).toBe(400);
  });
});

describe('A member', () => {
  it('that does not exist is found nowhere, and cannot be changed', async () => {
    const at = ['', '/memberships', '/activity', '/preferences', '/permissions/party-r'];
    const answers = await fleet.one.answers(at.map((part) => `/members/999999${part}`));
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    const preferences = { language: 'de', theme: 'dark', notifications: false };
    for (const sending of [
      put('/members/999999', { name: 'x' }),
      put('/members/999999/preferences', preferences),
      put('/members/999999/permissions/party-r', { permissions: [] }),
      remove('/members/999999/permissions'),
    ])
      expect((await fleet.one.send(sending)).status).toBe(404);
  });

  it("that is forgotten is read again, and so are the member's permissions; others are not", async () => {
    const paths = ['', '/memberships', '/preferences', '/permissions/party-r'].map(
      (part) => `/members/60${part}`,
    );
    expect(await loadsOf(fleet.one, ...paths, '/members/61')).toBe(5);
    await expect(fleet.one.app.get(UserStrategy).forget(60)).resolves.toBe('confirmed');
    expect(await loadsOf(fleet.one, ...paths, '/members/61')).toBe(4);
    expect(await loadsOf(fleet.one, ...paths, '/members/61')).toBe(0);
  });
});
