import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Param, VERSION_NEUTRAL, Version, VersioningType } from '@nestjs/common';
import type { Type, VersioningOptions } from '@nestjs/common';
import { Cacheable, defineRegions, region } from 'nuthatch';
import { PLATFORMS } from '../support/app.js';
import { useSites } from './site.js';

const { birds } = defineRegions('versions', { birds: region<[id: string], object>({}) });

interface Counts {
  runs: number;
}

/** Two controllers as they are found in two folders: of one name, with one method and one region. */
function controllerOf(version: string): Type<Counts> {
  @Controller({ path: 'birds', version })
  class Birds {
    runs = 0;

    @Get(':id')
    @Cacheable(birds)
    async find(@Param('id') id: string): Promise<object> {
      return { version, id, run: ++this.runs };
    }
  }
  return Birds;
}

abstract class Base {
  abstract readonly version: string;
  runs = 0;

  @Get(':id')
  @Cacheable(birds)
  async find(@Param('id') id: string): Promise<object> {
    return { version: this.version, id, run: ++this.runs };
  }
}

@Controller({ path: 'birds', version: '1' })
class First extends Base {
  readonly version = '1';
}

@Controller({ path: 'birds', version: ['2', '3'] })
class Second extends Base {
  readonly version = '2';
}

@Controller('birds')
class InOne {
  @Get(':id')
  @Version('1')
  @Cacheable(birds)
  async first(@Param('id') id: string): Promise<object> {
    return { version: '1', id, run: 1 };
  }

  @Get(':id')
  @Version('2')
  @Cacheable(birds)
  async second(@Param('id') id: string): Promise<object> {
    return { version: '2', id, run: 1 };
  }

  @Get(':id')
  @Version(VERSION_NEUTRAL)
  @Cacheable(birds)
  async neutral(@Param('id') id: string): Promise<object> {
    return { version: 'none', id, run: 1 };
  }
}

type Headers = Record<string, string>;
const WAYS: readonly (readonly [string, VersioningOptions, (version: string) => Headers])[] = [
  ['a header', { type: VersioningType.HEADER, header: 'x-version' }, (version) => ({ 'x-version': version })],
  [
    'the media type',
    { type: VersioningType.MEDIA_TYPE, key: 'v=' },
    (version) => ({ accept: `application/json;v=${version}` }),
  ],
  [
    'a function',
    {
      type: VersioningType.CUSTOM,
      extractor: (request) => (request as { headers: Headers }).headers['x-own'] ?? '',
    },
    (version) => ({ 'x-own': version }),
  ],
];

describe.each(PLATFORMS)('Handlers of one URL on %s', (platform) => {
  const { open } = useSites(platform, 'memory and Redis');

  it.each(
    WAYS.flatMap(([way, options, headers]) => [
      [way, 'two controllers of one name', [controllerOf('1'), controllerOf('2')], options, headers] as const,
      [way, 'two controllers that inherit it', [First, Second], options, headers] as const,
      [way, 'two methods of a controller', [InOne], options, headers] as const,
    ]),
  )('are told apart by their versions in %s: %s', async (_way, _what, controllers, options, headers) => {
    const start = () =>
      open({ controllers: [...controllers] }, { configure: (app) => app.enableVersioning(options) });
    const [here, there] = [await start(), await start()];
    for (const site of [here, here, there]) {
      for (const version of ['1', '2']) {
        const { body } = await site.ask('/birds/7', { headers: headers(version) });
        expect(body).toBe(`{"version":"${version}","id":"7","run":1}`);
      }
    }
  });

  it('are told apart from the one that takes any version', async () => {
    const [, options, headers] = WAYS[0] as (typeof WAYS)[number];
    const site = await open({ controllers: [InOne] }, { configure: (app) => app.enableVersioning(options) });
    for (const _ of [1, 2]) {
      expect((await site.ask('/birds/7')).body).toContain('"none"');
      expect((await site.ask('/birds/7', { headers: headers('1') })).body).toContain('"1"');
    }
  });

  it('are told apart by the URL where the version is in it', async () => {
    const configure = {
      configure: (app: { enableVersioning(options: VersioningOptions): unknown }) =>
        void app.enableVersioning({ type: VersioningType.URI }),
    };
    const site = await open({ controllers: [controllerOf('1'), controllerOf('2')] }, configure);
    for (const _ of [1, 2])
      for (const version of ['1', '2'])
        expect((await site.ask(`/v${version}/birds/7`)).body).toBe(
          `{"version":"${version}","id":"7","run":1}`,
        );
  });
});
