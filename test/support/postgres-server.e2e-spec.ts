import { expect, test } from '@jest/globals';
import { GovernanceDatabase } from 'governance-api';
import { startPostgres } from './postgres-server.js';

test('a PostgreSQL of a check holds the roll calls, and is gone when it is stopped', async () => {
  const server = await startPostgres();
  const { url, poolSize } = server;
  const database = await GovernanceDatabase.open({ url, poolSize });
  const questions = await database.db.selectFrom('questions').select('id').execute();
  expect(questions).toHaveLength(645);
  await database.close();
  await server.stop();
  if (server.kind === 'given') return;
  await expect(GovernanceDatabase.open({ url })).rejects.toThrow(/ECONNREFUSED/);
});
