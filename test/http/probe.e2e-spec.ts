import { afterEach, describe, expect, it } from '@jest/globals';
import { ClassSerializerInterceptor, Controller, Get, HttpCode, Module, Res, Version, VersioningType } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { Exclude } from 'class-transformer';
import { Cacheable } from 'nuthatch';
import { PLATFORMS } from '../support/app.js';
import { closeSites, openSite } from './site.js';
afterEach(closeSites);
class User { id = 1; @Exclude() password = 'secret'; }
@Controller()
class C {
  n = 0;
  @Get('user') @Cacheable({ region: 'u' }) async user() { return new User(); }
  @Get('code') @HttpCode(203) @Cacheable({ region: 'c', key: () => [] }) async code(@Res({ passthrough: true }) res: any) { res.status(201); return { n: ++this.n }; }
  @Get('lib') @Cacheable({ region: 'l', key: () => [] }) async lib(@Res() res: any) { res.send({ lib: 1 }); return { x: 1 }; }
}
describe.each(PLATFORMS)('%s', (platform) => {
  it('root APP_INTERCEPTOR', async () => {
    const site = await openSite({ controllers: [C], providers: [{ provide: APP_INTERCEPTOR, useClass: ClassSerializerInterceptor }] }, { platform });
    console.log(platform, (await site.ask('/user')).body, (await site.ask('/user')).body, site.log.warnings);
  });
  it('code', async () => {
    for (const cache of [false, undefined] as const) {
    const site = await openSite({ controllers: [C], cache }, { platform });
    for (let i = 0; i < 2; i++) { const a = await site.ask('/code'); console.log(platform, cache, a.status, a.body); 
      const b = await site.ask('/code', { headers: { 'if-none-match': a.headers.etag ?? '' } }); console.log(b.status, b.body, b.headers); }
    }
  });
  it('lib', async () => {
    const site = await openSite({ controllers: [C] }, { platform });
    console.log(await Promise.race([site.ask('/lib').then(a => a.body), new Promise(r => setTimeout(r, 1500, 'HANG'))]));
    console.log(await Promise.race([site.ask('/lib').then(a => a.body), new Promise(r => setTimeout(r, 1500, 'HANG'))]), site.log.lines.slice(-3));
  });
});
