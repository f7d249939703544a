import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Platform, RunningApp } from 'governance-api';
import { GovernanceDatabase, PGLITE_POOL_SIZE, startApp } from 'governance-api';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;
/** Routes of the library, which say of themselves what they are. */
const FOREIGN = /^\/(health|cache)(\/|$)/;

let database: GovernanceDatabase;
const running = new Map<Platform, RunningApp>();

beforeAll(async () => {
  database = await GovernanceDatabase.open();
  for (const platform of ['fastify', 'express'] as const) {
    const options = { platform, databaseUrl: database.url, databasePoolSize: PGLITE_POOL_SIZE };
    running.set(platform, await startApp({ ...options, cache: { prefix: 'openapi' } }));
  }
});

afterAll(async () => {
  for (const app of running.values()) await app.close();
  await database.close();
});

describe.each(['fastify', 'express'] as const)('The OpenAPI document, on %s', (platform) => {
  const url = (path: string) => `${running.get(platform)?.url}${path}`;

  async function operations() {
    const response = await fetch(url('/openapi.json'));
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const { paths } = (await response.json()) as OpenAPIObject;
    return Object.entries(paths)
      .filter(([path]) => !FOREIGN.test(path))
      .flatMap(([path, item]) =>
        METHODS.flatMap((method) => {
          const operation = item[method];
          return operation ? [{ name: `${method} ${path}`, operation }] : [];
        }),
      );
  }

  it('has a summary, a group and a described answer for every route of the application', async () => {
    const all = await operations();
    expect(all.length).toBeGreaterThan(10);
    const incomplete = all.filter(({ operation }) => {
      const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
      const described = answers.some(
        ([status, answer]) => status === '204' || (answer && 'content' in answer && answer.content),
      );
      return !operation.summary || !operation.tags?.length || !described;
    });
    expect(incomplete.map(({ name }) => name)).toEqual([]);
  });

  it('has the fields of every body', async () => {
    const writes = (await operations()).filter(({ name }) => /^(put|post|patch) /.test(name));
    const without = writes.filter(({ operation }) => operation.requestBody === undefined);
    // where the path says it all
    expect(without.map(({ name }) => name)).toEqual([
      'put /communities/{id}/members/{memberId}',
      'put /members/{id}/wallets/{address}',
    ]);
    const { components } = (await (await fetch(url('/openapi.json'))).json()) as OpenAPIObject;
    for (const { name, operation } of writes.filter((write) => !without.includes(write))) {
      const [, schema] = /#\/components\/schemas\/(\w+)/.exec(JSON.stringify(operation.requestBody)) ?? [];
      expect([name, components?.schemas?.[schema ?? '']]).toEqual([
        name,
        expect.objectContaining({ properties: expect.anything() }),
      ]);
    }
  });

  it('says of every route of people, communities and objects that takes something that it may be refused', async () => {
    const groups = ['communities', 'members', 'sessions', 'wallets', 'objects'];
    const taking = (await operations()).filter(
      ({ name, operation }) =>
        groups.includes(operation.tags?.[0] ?? '') &&
        !name.includes('{token}') &&
        (operation.parameters?.length || operation.requestBody),
    );
    expect(taking.length).toBeGreaterThan(20);
    const silent = taking.filter(({ operation }) => !('400' in operation.responses));
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it('is shown to people by pages that the application serves itself', async () => {
    const page = await fetch(url('/openapi'));
    expect(page.url).toBe(url('/openapi/index.html'));
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    const files = [...(await page.text()).matchAll(/(?:src|href)="(?:\.\/)?([^"]+)"/g)].map(
      ([, file]) => file,
    );
    expect(files).toContain('swagger-initializer.js');
    for (const file of files) {
      const response = await fetch(url(`/openapi/${file}`));
      expect([file, response.status]).toEqual([file, 200]);
      await response.arrayBuffer();
    }
    const start = await fetch(url('/openapi/swagger-initializer.js'));
    await expect(start.text()).resolves.toContain('../openapi.json');
    for (const file of ['package.json', '..%2fpackage.json', 'constructor'])
      expect((await fetch(url(`/openapi/${file}`))).status).toBe(404);
  });
});
