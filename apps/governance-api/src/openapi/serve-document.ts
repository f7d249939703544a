import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

/** Where the document is answered. */
export const DOCUMENT_PATH = 'openapi.json';

/** What the application answers, as OpenAPI tells it. */
export function documentOf(app: INestApplication): OpenAPIObject {
  const about = new DocumentBuilder()
    .setTitle('Governance API')
    .setDescription(
      "The reference application of Nuthatch: a legislature's communities, members, questions and votes.",
    )
    .setVersion('1.0')
    .build();
  return SwaggerModule.createDocument(app, about);
}

/** Answers with the document; it is made when somebody first asks for it. */
export function serveDocument(app: INestApplication): void {
  // the pages for people are UiController's: the module's own need @fastify/static
  SwaggerModule.setup('openapi', app, () => documentOf(app), {
    ui: false,
    raw: ['json'],
    jsonDocumentUrl: DOCUMENT_PATH,
  });
}
