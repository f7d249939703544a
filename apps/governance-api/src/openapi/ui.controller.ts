import { Controller, Get, Header, NotFoundException, Param, Redirect, StreamableFile } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { DOCUMENT_PATH } from './serve-document.js';

/** What a browser needs of the pages, and as what it is told to take it. */
const FILES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'index.css': 'text/css; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui-standalone-preset.js': 'text/javascript; charset=utf-8',
  'favicon-16x16.png': 'image/png',
  'favicon-32x32.png': 'image/png',
};

/** In the place of the file with which the pages show an example. */
const START = `window.ui = SwaggerUIBundle({
  url: '../${DOCUMENT_PATH}',
  dom_id: '#swagger-ui',
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: 'StandaloneLayout',
});
`;

/** The document for people: Swagger UI, on either platform. */
@ApiExcludeController()
@Controller('openapi')
export class UiController {
  /** The folder of swagger-ui-dist, looked for when somebody first asks. */
  private folder: string | undefined;

  @Get()
  @Redirect('/openapi/index.html')
  front(): void {
    // the redirection says it all: the page names its files relative to its own address
  }

  @Get('swagger-initializer.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  start(): string {
    return START;
  }

  /** @throws NotFoundException for anything but the files above. */
  @Get(':file')
  file(@Param('file') file: string): StreamableFile {
    const type = Object.hasOwn(FILES, file) ? FILES[file] : undefined;
    if (type === undefined) throw new NotFoundException(`There is no file "${file}".`);
    this.folder ??= join(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'), '..');
    return new StreamableFile(createReadStream(join(this.folder, file)), { type });
  }
}
