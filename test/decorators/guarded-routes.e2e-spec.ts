import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Header,
  HttpCode,
  Injectable,
  Param,
  ParseIntPipe,
  SetMetadata,
  UseGuards,
  UsePipes,
} from '@nestjs/common';
import type { CanActivate, ExecutionContext, Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Cacheable } from 'nuthatch';
import { PLATFORMS, bootHttp, closeAll } from '../support/app.js';

afterEach(closeAll);

/** Lets a request in whose `x-role` is one of the roles of its handler; a handler that lost its roles lets nobody in. */
@Injectable()
class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const roles = this.reflector.get<string[] | undefined>('roles', context.getHandler()) ?? [];
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return roles.includes(request.headers['x-role'] ?? 'none');
  }
}

type Decorator = (target: object, property: string, descriptor: PropertyDescriptor) => void;

const OTHERS: readonly [string, Decorator][] = [
  ['guards', UseGuards(RolesGuard)],
  ['pipes', UsePipes(ParseIntPipe)],
  ['roles', SetMetadata('roles', ['owner'])],
  ['route', Get(':id')],
  ['code', HttpCode(203)],
  ['header', Header('x-bird', 'nuthatch')],
];

interface Arrangement {
  readonly controller: Type<{ loads: number }>;
  readonly path: string;
  /** The names of the decorators, the topmost first. */
  readonly order: string;
}

/** A controller of its own for one way to put the decorators above and below `@Cacheable`: bit n says where the n-th is. */
function arrange(bits: number): Arrangement {
  const path = `shelf${bits}`;

  @Controller(path)
  class Shelf {
    loads = 0;

    async find(id: number): Promise<object> {
      this.loads += 1;
      return { id, type: typeof id };
    }
  }
  const above = OTHERS.filter((_, n) => (bits & (1 << n)) !== 0);
  const below = OTHERS.filter((_, n) => (bits & (1 << n)) === 0);
  const order = [...above, ['cacheable', Cacheable({ region: path }) as Decorator] as const, ...below];

  Param('id')(Shelf.prototype, 'find', 0);
  const types: Decorator = (target, property) =>
    Reflect.defineMetadata('design:paramtypes', [Number], target, property);
  const descriptor = Object.getOwnPropertyDescriptor(Shelf.prototype, 'find') as PropertyDescriptor;
  const decorators = [...order.map(([, decorator]) => decorator), types] as MethodDecorator[];
  Object.defineProperty(
    Shelf.prototype,
    'find',
    Reflect.decorate(decorators, Shelf.prototype, 'find', descriptor),
  );
  return { controller: Shelf, path, order: order.map(([name]) => name).join(' ') };
}

describe.each(PLATFORMS)('A route with @Cacheable anywhere among its decorators, on %s', (platform) => {
  const arrangements = Array.from({ length: 1 << OTHERS.length }, (_, bits) => arrange(bits));

  it('is guarded, before and after its response is cached; its pipes, code and header work on every answer', async () => {
    const controllers = arrangements.map(({ controller }) => controller);
    const { url, get } = await bootHttp({ controllers }, platform);
    const ask = async (path: string, role: string) => {
      const response = await fetch(`${url}/${path}/7`, { headers: { 'x-role': role } });
      const bird = response.headers.get('x-bird');
      return response.ok ? { status: response.status, bird, body: await response.json() } : response.status;
    };
    const served = { status: 203, bird: 'nuthatch', body: { id: 7, type: 'number' } };
    const wrong: unknown[] = [];
    for (const { controller, path, order } of arrangements) {
      const answers = [];
      for (const role of ['thief', 'owner', 'owner', 'thief']) answers.push(await ask(path, role));
      const { loads } = get(controller);
      if (JSON.stringify([answers, loads]) !== JSON.stringify([[403, served, served, 403], 1]))
        wrong.push({ order, answers, loads });
    }
    expect(wrong).toEqual([]);
    expect(arrangements).toHaveLength(64);
  });

  it('refuses what its pipe refuses, also when a response is cached', async () => {
    const { controller, path } = arrange(0);
    const { url, get } = await bootHttp({ controllers: [controller] }, platform);
    const ask = (id: string) => fetch(`${url}/${path}/${id}`, { headers: { 'x-role': 'owner' } });
    expect((await ask('7')).status).toBe(203);
    expect((await ask('seven')).status).toBe(400);
    expect((await ask('seven')).status).toBe(400);
    expect(get(controller).loads).toBe(1);
  });
});
