import { describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { Cacheable, WriteBehind, WriteBehindHandler, defineRegions, region } from 'nuthatch';
import type { BehindWrite, CacheStats } from 'nuthatch';
import { useSites } from '../http/site.js';
import { PLATFORMS, until } from '../support/app.js';

interface Note {
  readonly text: string;
}

describe.each(PLATFORMS)('@WriteBehind on a handler, on %s', (platform) => {
  const { place, open } = useSites(platform, 'memory and Redis');
  const { note } = defineRegions(`routes-behind-${platform}`, {
    note: region<[id: string], Note>({ writeBehind: true }),
  });
  const rows = new Map<string, Note>();
  let opened = Promise.resolve();

  @WriteBehindHandler(note, { maxDelay: 5 })
  class NoteWriter {
    async write(batch: readonly BehindWrite<[id: string], Note>[]): Promise<void> {
      await opened;
      for (const { args, value } of batch) rows.set(args[0], value);
    }
  }

  @Controller('notes')
  class Notes {
    /** Reads the database itself, which is behind. */
    @Get(':id')
    @Cacheable(note)
    async find(@Param('id') id: string): Promise<Note> {
      return rows.get(id) ?? { text: 'none' };
    }

    @Put(':id')
    @WriteBehind(note, (id: string, _: Note) => [id])
    async put(@Param('id') _id: string, @Body() { text }: Note): Promise<Note> {
      return { text };
    }

    @Put(':id/nothing')
    @WriteBehind<Notes['nothing']>({ region: note, key: (id) => [id] })
    async nothing(@Param('id') _id: string): Promise<Note | undefined> {
      return undefined;
    }
  }

  it('hands its result on, evicts responses, and keeps none that shows the old row', async () => {
    rows.clear();
    let go: () => void = () => undefined;
    opened = new Promise((resolve) => (go = resolve));
    const site = await open({ controllers: [Notes], providers: [NoteWriter] });
    const read = async () => (await site.ask('/notes/1')).body;
    expect(await read()).toBe('{"text":"none"}');
    const body = JSON.stringify({ text: 'new' });
    const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
    const answer = await site.ask('/notes/1', { method: 'PUT', headers, body });
    expect(answer).toMatchObject({ status: 200, body: '{"text":"new"}' });
    // the handler reads the database by itself: what it shows is old, and must not be kept
    expect(await read()).toBe('{"text":"none"}');
    go();
    await until(async () => (await read()) === '{"text":"new"}', 'the response shows the row');
    expect((await place.keys('v:*')).filter((name) => name.includes('none'))).toEqual([]);
  });

  it('is in the statistics: what waits, what was queued, what has reached the database', async () => {
    let go: () => void = () => undefined;
    opened = new Promise((resolve) => (go = resolve));
    const cache = place.options({ monitoring: { public: true } });
    const site = await open({ cache, controllers: [Notes], providers: [NoteWriter] });
    const body = JSON.stringify({ text: 'new' });
    const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
    await site.ask('/notes/2', { method: 'PUT', headers, body });
    const stats = async () => {
      const { instance } = JSON.parse((await site.ask('/cache/stats')).body) as CacheStats;
      return instance.writeBehind[note.name];
    };
    await until(async () => (await stats())?.depth === 1, 'one write waits');
    expect(await stats()).toMatchObject({ queued: 1, through: 0, refused: 0, applied: 0, deadLetters: 0 });
    go();
    await until(async () => (await stats())?.depth === 0, 'none waits');
    expect(await stats()).toMatchObject({ applied: 1, batches: 1, oldestMs: null });
  });

  it('fails where there is nothing to write', async () => {
    const site = await open({ controllers: [Notes], providers: [NoteWriter] });
    expect((await site.ask('/notes/1/nothing', { method: 'PUT' })).status).toBe(500);
  });
});
