import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import {
  Catch,
  Controller,
  DefaultValuePipe,
  ForbiddenException,
  Get,
  HttpException,
  Injectable,
  NotFoundException,
  Param,
  ParseIntPipe,
  Query,
  UnauthorizedException,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import type { ArgumentsHost, CanActivate, ExceptionFilter, ExecutionContext } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Cacheable, defineRegions, region } from 'nuthatch';
import { EMPTY, NEVER, throwError, timeout } from 'rxjs';
import { until } from '../support/app.js';
import { essence, GRID, useSites } from './site.js';

/** Lets in who brings a ticket; one that is used up is no longer good. */
@Injectable()
class Tickets implements CanActivate {
  asked = 0;

  canActivate(context: ExecutionContext): boolean {
    this.asked += 1;
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    if (headers['x-ticket'] === undefined) throw new UnauthorizedException();
    return headers['x-ticket'] !== 'used';
  }
}

class Teapot extends Error {}

@Catch(Teapot)
class TeapotFilter implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(_error: Teapot, host: ArgumentsHost): void {
    this.host.httpAdapter.reply(host.switchToHttp().getResponse(), { brew: 'tea' }, 418);
  }
}

const ERRORS: Record<string, () => unknown> = {
  'not found': () => {
    throw new NotFoundException('no such bird');
  },
  'an error of the application': () => {
    throw new HttpException({ code: 'E17' }, 422);
  },
  'an error that nobody expected': () => {
    throw new Error('secret');
  },
  'an error with a filter': () => {
    throw new Teapot();
  },
  'text, thrown': () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- what JavaScript allows
    throw 'text';
  },
  'an observable that fails': () => throwError(() => new ForbiddenException()),
  'an observable that never comes': () => NEVER.pipe(timeout(5)),
  'an observable that is empty': () => EMPTY,
};

describe.each(GRID)('A cached route on $platform, $name,', ({ platform, name }) => {
  const { place, open } = useSites(platform, name);
  const { answer } = defineRegions('guarded', {
    answer: region<readonly unknown[], unknown>({ memory: place.memory }),
  });

  @Controller('birds')
  class Birds {
    runs = 0;
    broken = true;
    open: () => void = () => undefined;
    readonly gate = new Promise<void>((resolve) => (this.open = resolve));

    @Get('guarded')
    @UseGuards(Tickets)
    @Cacheable(answer)
    async guarded(): Promise<object> {
      return { run: ++this.runs };
    }

    @Get('piped/:n')
    @Cacheable({ region: answer })
    async piped(
      @Param('n', ParseIntPipe) n: number,
      @Query('size', new DefaultValuePipe(10), ParseIntPipe) size: number,
    ): Promise<object> {
      return { run: ++this.runs, n, size };
    }

    @Get('first-fails')
    @UseGuards(Tickets)
    @Cacheable(answer)
    async firstFails(): Promise<object> {
      this.runs += 1;
      if (this.runs > 1) return { run: this.runs };
      await this.gate;
      throw new NotFoundException();
    }

    @Get('error/:kind')
    @UseFilters(TeapotFilter)
    @Cacheable(answer)
    async error(@Param('kind') kind: string): Promise<unknown> {
      this.runs += 1;
      await pause(5);
      return this.broken ? ERRORS[kind]?.() : { mended: true };
    }
  }

  const providers = [Tickets, TeapotFilter];
  const start = async () => {
    const site = await open({ controllers: [Birds], providers });
    const birds = site.get(Birds);
    return { site, birds };
  };

  it('asks its guard for every request, and lets nobody see what is cached who may not', async () => {
    const { site, birds } = await start();
    const ask = (ticket?: string) =>
      site.ask('/birds/guarded', { headers: ticket === undefined ? {} : { 'x-ticket': ticket } });
    const answers = [
      await ask('used'),
      await ask(),
      await ask('new'),
      await ask('new'),
      await ask('used'),
      await ask(),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 401, 200, 200, 403, 401]);
    expect(answers.filter(({ body }) => body.includes('run')).map(({ body }) => body)).toEqual([
      '{"run":1}',
      '{"run":1}',
    ]);
    expect(site.get(Tickets).asked).toBe(6);
    expect(birds.runs).toBe(1);
  });

  it('gives the handler what its pipes make of the request', async () => {
    const { site, birds } = await start();
    for (const _ of [1, 2]) {
      expect((await site.ask('/birds/piped/7')).body).toBe('{"run":1,"n":7,"size":10}');
      expect((await site.ask('/birds/piped/07?size=5')).body).toBe('{"run":2,"n":7,"size":5}');
    }
    expect(birds.runs).toBe(2);
  });

  it('stores nothing for a request that its pipes refuse', async () => {
    const { site, birds } = await start();
    for (const _ of [1, 2]) {
      expect((await site.ask('/birds/piped/seven')).status).toBe(400);
      expect((await site.ask('/birds/piped/7?size=x')).status).toBe(400);
    }
    expect(birds.runs).toBe(0);
    expect(await place.keys('1:v:*guarded*')).toEqual([]);
  });

  it.each(Object.keys(ERRORS))('gives each request an error of its own and stores none: %s', async (kind) => {
    const path = `/birds/error/${encodeURIComponent(kind)}`;
    const bare = await (await open({ controllers: [Birds], providers, cache: false })).ask(path);
    const { site, birds } = await start();
    const answers = [await site.ask(path), await site.ask(path)];
    answers.push(...(await Promise.all(Array.from({ length: 5 }, () => site.ask(path)))));
    expect(bare.status).toBeGreaterThanOrEqual(400);
    expect(answers.map(essence)).toEqual(answers.map(() => essence(bare)));
    expect(birds.runs).toBe(7);
    birds.broken = false;
    for (const _ of [1, 2])
      expect(await site.ask(path)).toMatchObject({ status: 200, body: '{"mended":true}' });
    expect(birds.runs).toBe(8);
  });

  it('gives the error of the request that runs to no other that waits for it', async () => {
    const { site, birds } = await start();
    const ask = () => site.ask('/birds/first-fails', { headers: { 'x-ticket': 'new' } });
    const first = ask();
    await until(() => birds.runs === 1, 'the first request is in the handler');
    const others = Array.from({ length: 10 }, ask);
    await until(() => site.get(Tickets).asked === 11, 'the others are past the guard');
    await pause(20);
    expect(birds.runs).toBe(1);
    birds.open();
    expect((await first).status).toBe(404);
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual(others.map(() => 200));
  });

  it('answers 404 for a route that is not there', async () => {
    const { site, birds } = await start();
    for (const _ of [1, 2]) expect((await site.ask('/birds/none/at/all')).status).toBe(404);
    expect(birds.runs).toBe(0);
  });
});
