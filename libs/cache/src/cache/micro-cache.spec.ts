import { expect, test } from '@jest/globals';
import { loadWorld } from './loads.fixture.js';

test('While Redis is away each process loads a key once, and keeps it for a second', async () => {
  const { clock, source, client, get, start } = await loadWorld({ where: 'Redis' });
  const other = await start();
  client.leave();
  other.client.leave();
  const all = async () => [
    ...(await Promise.all(Array.from({ length: 50 }, () => get()))),
    await other.get(),
  ];
  expect(new Set(await all())).toEqual(new Set(['one']));
  expect(source.loads).toBe(2);
  source.value = 'two';
  await clock.advance(999);
  expect(new Set(await all())).toEqual(new Set(['one']));
  expect(source.loads).toBe(2);
  await clock.advance(1);
  expect(new Set(await all())).toEqual(new Set(['two']));
  expect(source.loads).toBe(4);
});

test('How long it is kept then is what outageTtl says', async () => {
  const { clock, source, client, get } = await loadWorld({ where: 'Redis', module: { outageTtl: 200 } });
  client.leave();
  await get();
  await clock.advance(199);
  await get();
  expect(source.loads).toBe(1);
  await clock.advance(1);
  await get();
  expect(source.loads).toBe(2);
});
