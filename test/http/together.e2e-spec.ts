import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Param, Res } from '@nestjs/common';
import { Cacheable, defineRegions, region } from 'nuthatch';
import { until } from '../support/app.js';
import { GRID, useSites } from './site.js';

interface NativeResponse {
  header(name: string, value: string): this;
}

const many = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n));

describe.each(GRID)('Requests that come together, on $platform, $name,', ({ platform, name }) => {
  const { place, open } = useSites(platform, name);
  const { answer } = defineRegions('together', {
    answer: region<readonly unknown[], unknown>({ memory: place.memory }),
  });

  @Controller('birds')
  class Birds {
    runs = 0;
    inside = 0;
    /** What handlers that can be held up wait for; nothing, at first. */
    gate: Promise<unknown> = Promise.resolve();

    @Get('one/:id')
    @Cacheable(answer)
    async one(@Param('id') id: string): Promise<object> {
      this.runs += 1;
      await pause(50);
      return { id, run: this.runs };
    }

    @Get('cookie')
    @Cacheable(answer, () => [])
    async cookie(@Res({ passthrough: true }) response: NativeResponse): Promise<object> {
      const run = ++this.runs;
      response.header('set-cookie', `sid=${run}`);
      await this.wait();
      return { run };
    }

    @Get('number')
    @Cacheable(answer)
    async number(): Promise<number> {
      const run = ++this.runs;
      await pause(20);
      return run;
    }

    @Get('alone')
    @Cacheable({ region: answer, sync: false })
    async alone(): Promise<object> {
      const run = ++this.runs;
      await this.wait();
      return { run };
    }

    /** Holds handlers up until the function that is returned is called. */
    close(): () => void {
      let open: () => void = () => undefined;
      this.gate = new Promise<void>((resolve) => (open = resolve));
      return open;
    }

    private async wait(): Promise<void> {
      this.inside += 1;
      await this.gate;
      this.inside -= 1;
    }
  }

  const start = async () => {
    const site = await open({ controllers: [Birds] });
    return { site, birds: site.get(Birds), ask: site.ask.bind(site) };
  };

  it('run the handler once, and all have its answer', async () => {
    const { ask, birds } = await start();
    const answers = await Promise.all(many(100, () => ask('/birds/one/1')));
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['{"id":"1","run":1}']));
    expect(birds.runs).toBe(1);
  });

  it('run it once per path', async () => {
    const { ask, birds } = await start();
    const answers = await Promise.all(many(60, (n) => ask(`/birds/one/${n % 3}`)));
    expect(answers.map(({ body }) => (JSON.parse(body) as { id: string }).id)).toEqual(
      many(60, (n) => String(n % 3)),
    );
    expect(birds.runs).toBe(3);
  });

  it('run it once in all instances', async () => {
    const [one, other] = [await start(), await start()];
    const answers = await Promise.all(many(40, (n) => (n % 2 === 0 ? one : other).ask('/birds/one/1')));
    expect(answers.map(({ status }) => status)).toEqual(many(40, () => 200));
    expect(one.birds.runs + other.birds.runs).toBe(place.hasRedis ? 1 : 2);
  });

  it.each(['cookie', 'number'])(
    'each have an answer of their own where it must not be kept: %s',
    async (path) => {
      const { ask, birds } = await start();
      for (const round of [1, 2]) {
        const answers = await Promise.all(many(20, () => ask(`/birds/${path}`)));
        const runs = answers.map(({ body }) => Number(/\d+/.exec(body)?.[0]));
        expect(new Set(runs).size).toBe(20);
        const cookies = answers.map(({ headers }) => headers['set-cookie']);
        expect(cookies).toEqual(runs.map((run) => (path === 'cookie' ? [`sid=${run}`] : undefined)));
        expect(birds.runs).toBe(20 * round);
      }
    },
  );

  it('do not wait for each other once it is known that the answer must not be kept', async () => {
    const [one, other] = [await start(), await start()];
    await one.ask('/birds/cookie');
    await other.ask('/birds/cookie');
    const gates = [one.birds.close(), other.birds.close()];
    const answers = [
      ...many(8, () => one.ask('/birds/cookie')),
      ...many(8, () => other.ask('/birds/cookie')),
    ];
    await until(
      () => one.birds.inside === 8 && other.birds.inside === 8,
      'all sixteen are in the handler at once',
    );
    for (const openGate of gates) openGate();
    expect(
      new Set((await Promise.all(answers)).map(({ headers }) => String(headers['set-cookie']))).size,
    ).toBeGreaterThan(7);
  });

  it('do not wait for each other with sync: false, and each have an answer', async () => {
    const { ask, birds } = await start();
    const openGate = birds.close();
    const asked = many(5, () => ask('/birds/alone'));
    await until(() => birds.inside === 5, 'all five are in the handler at once');
    openGate();
    const answers = await Promise.all(asked);
    expect(birds.runs).toBe(5);
    expect(answers.map(({ status }) => status)).toEqual(many(5, () => 200));
    const { body } = await ask('/birds/alone');
    expect((await ask('/birds/alone')).body).toBe(body);
    expect(birds.runs).toBe(5);
  });

  it('are answered, and not kept, when the body is too large', async () => {
    const large = 'x'.repeat(1_048_576);

    @Controller('large')
    class Large {
      runs = 0;

      @Get()
      @Cacheable(answer)
      async get(): Promise<object> {
        return { run: ++this.runs, large };
      }
    }
    const site = await open({ controllers: [Large] });
    const answers = await Promise.all(many(4, () => site.ask('/large')));
    answers.push(await site.ask('/large'));
    const runs = answers.map(({ body }) => JSON.parse(body) as { run: number; large: string });
    expect(runs.map(({ run }) => run).sort()).toEqual([1, 2, 3, 4, 5]);
    expect(runs.every((one) => one.large === large)).toBe(true);
    expect(await place.keys('1:v:*together*')).toEqual([]);
    expect(site.log.about('1048576')).toHaveLength(1);
  });
});
