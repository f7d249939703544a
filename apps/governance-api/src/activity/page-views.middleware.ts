import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type NestMiddleware } from '@nestjs/common';
import { ActivityStrategy } from './activity.strategy.js';

/** The page of one community. */
const PAGE = /^\/communities\/([^/?#]+)(?:[?#]|$)/;

/** Counts views of communities' pages. It runs before the cache, which answers most of them without the handler. */
@Injectable()
export class PageViewsMiddleware implements NestMiddleware<IncomingMessage, ServerResponse> {
  constructor(private readonly activity: ActivityStrategy) {}

  use(
    { method, url = '', originalUrl = url }: IncomingMessage & { originalUrl?: string },
    response: ServerResponse,
    next: () => void,
  ): void {
    const id = method === 'GET' ? idIn(originalUrl) : undefined;
    // only what was answered is a view
    if (id !== undefined)
      response.on('finish', () => {
        if (response.statusCode === 200 || response.statusCode === 304) void this.activity.looked(id);
      });
    next();
  }
}

function idIn(url: string): string | undefined {
  const [, part] = PAGE.exec(url) ?? [];
  try {
    return part === undefined ? undefined : decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
