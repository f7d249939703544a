import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Req, Res } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { Cacheable, defineRegions, region } from 'nuthatch';
import { GRID, useSites } from './site.js';

interface NativeResponse {
  header(name: string, value: string): this;
}
interface NativeRequest {
  headers: Record<string, string | undefined>;
}

const KEYLESS = () => [] as const;

describe.each(GRID)('A response that varies, on $platform, $name,', ({ platform, name }) => {
  const { place, open } = useSites(platform, name);
  const { answer } = defineRegions('vary', {
    answer: region<readonly unknown[], unknown>({ memory: place.memory }),
  });

  @Controller('birds')
  class Birds {
    runs = 0;

    @Get('spoken')
    @Cacheable(answer, KEYLESS)
    async spoken(
      @Req() { headers }: NativeRequest,
      @Res({ passthrough: true }) response: NativeResponse,
    ): Promise<object> {
      this.runs += 1;
      response.header('vary', 'Accept-Language');
      await pause(20);
      return { run: this.runs, language: headers['accept-language'] ?? 'none' };
    }

    @Get('both')
    @Cacheable(answer, KEYLESS)
    async both(@Res({ passthrough: true }) response: NativeResponse): Promise<object> {
      response.header('vary', 'Origin, Accept-Language');
      return { run: ++this.runs };
    }

    @Get('encoded')
    @Cacheable(answer, KEYLESS)
    async encoded(@Res({ passthrough: true }) response: NativeResponse): Promise<object> {
      response.header('vary', 'Accept-Encoding');
      return { run: ++this.runs };
    }

    @Get('plain')
    @Cacheable(answer)
    async plain(): Promise<object> {
      return { run: ++this.runs };
    }
  }

  const start = async (configure?: (app: INestApplication) => void) => {
    const site = await open({ controllers: [Birds] }, configure && { configure });
    const spoken = async (language?: string) => {
      const headers = language === undefined ? {} : { 'accept-language': language };
      return JSON.parse((await site.ask('/birds/spoken', { headers })).body) as {
        run: number;
        language: string;
      };
    };
    return { site, birds: site.get(Birds), spoken };
  };

  it('is a hit for a request that says the same, and for no other', async () => {
    const { spoken } = await start();
    const asked: (string | undefined)[] = ['de', 'de', 'fr', 'fr', undefined, undefined, 'de', 'fr'];
    const answers = [];
    for (const language of asked) answers.push(await spoken(language));
    expect(answers.map(({ language }) => language)).toEqual(asked.map((language) => language ?? 'none'));
    // there is one variant at a time, the last one
    expect(answers.map(({ run }) => run)).toEqual([1, 1, 2, 2, 3, 3, 4, 5]);
  });

  it('is never given to a request that waits for another variant', async () => {
    const { spoken } = await start();
    const asked = Array.from({ length: 30 }, (_, n) => ['de', 'fr', 'sv'][n % 3] as string);
    for (const _ of [1, 2, 3]) {
      const answers = await Promise.all(asked.map(spoken));
      expect(answers.map(({ language }) => language)).toEqual(asked);
    }
  });

  it('is not mixed up with that of another instance', async () => {
    const [here, there] = [await start(), await start()];
    for (const _ of [1, 2]) {
      expect((await here.spoken('de')).language).toBe('de');
      expect((await there.spoken('fr')).language).toBe('fr');
      expect((await there.spoken('de')).language).toBe('de');
    }
  });

  it('says on hits too what it varies by', async () => {
    const { site, birds } = await start();
    const headers = { 'accept-language': 'de' };
    const answers = [
      await site.ask('/birds/spoken', { headers }),
      await site.ask('/birds/spoken', { headers }),
    ];
    expect(answers.map((one) => one.headers.vary)).toEqual(['Accept-Language', 'Accept-Language']);
    expect(birds.runs).toBe(1);
  });

  it('is one for all encodings, which come after the cache', async () => {
    const { site, birds } = await start();
    for (const encoding of ['gzip', 'br', 'identity'])
      expect((await site.ask('/birds/encoded', { headers: { 'accept-encoding': encoding } })).body).toBe(
        '{"run":1}',
      );
    expect(birds.runs).toBe(1);
  });

  it('gives each origin its own permission, with CORS for several', async () => {
    const origins = ['https://a.example', 'https://b.example'];
    const { site } = await start((app) => app.enableCors({ origin: origins, credentials: true }));
    for (const origin of [...origins, ...origins, 'https://evil.example', ...origins]) {
      const { headers, status } = await site.ask('/birds/plain', { headers: { origin } });
      expect(status).toBe(200);
      expect(headers['access-control-allow-origin']).toBe(origins.includes(origin) ? origin : undefined);
      expect(headers.vary).toMatch(/origin/i);
    }
  });

  it('names once what CORS and the handler both vary by', async () => {
    const { site, birds } = await start((app) => app.enableCors({ origin: ['https://a.example'] }));
    const headers = { origin: 'https://a.example', 'accept-language': 'de' };
    const answers = [await site.ask('/birds/both', { headers }), await site.ask('/birds/both', { headers })];
    expect(answers.map((one) => one.headers.vary)).toEqual([
      'Origin, Accept-Language',
      'Origin, Accept-Language',
    ]);
    expect(birds.runs).toBe(1);
  });

  it('is one for all origins, with CORS for everybody', async () => {
    const { site, birds } = await start((app) => app.enableCors());
    for (const origin of ['https://a.example', 'https://b.example']) {
      const { headers } = await site.ask('/birds/plain', { headers: { origin } });
      expect(headers['access-control-allow-origin']).toBe('*');
    }
    expect(birds.runs).toBe(1);
  });

  it('is not asked for by a preflight, which is answered before it', async () => {
    const { site, birds } = await start((app) => app.enableCors());
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'GET' };
    for (const _ of [1, 2])
      expect((await site.ask('/birds/plain', { method: 'OPTIONS', headers })).status).toBe(204);
    expect(birds.runs).toBe(0);
  });
});
