import 'reflect-metadata';
import { ValidationPipe, type INestApplication, type LogLevel } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { AddressInfo, Server } from 'node:net';
import { AppModule, type GovernanceOptions } from './app.module.js';
import { serveDocument } from './openapi/serve-document.js';

/** Which HTTP server answers. */
export type Platform = 'express' | 'fastify';

/** How the application is put together. */
export interface CreateAppOptions extends GovernanceOptions {
  /** Fastify unless told otherwise. */
  readonly platform?: Platform;
  /** What is logged: warnings and errors unless told otherwise. */
  readonly logLevels?: LogLevel[] | false;
}

/** How it listens. */
export interface StartAppOptions extends CreateAppOptions {
  /** 0, the default, is any free port. */
  readonly port?: number;
  /** The loopback address unless told otherwise. */
  readonly host?: string;
}

/** An application that answers requests. */
export interface RunningApp {
  readonly app: INestApplication;
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/** Longer than anything that is taken, so that pipes refuse the rest and not the router: Fastify's own 100 is too short for a wallet. */
const MAX_PARAMETER_LENGTH = 1_024;

/** The application, ready to be initialised or to listen. */
export async function createApp(options: CreateAppOptions = {}): Promise<INestApplication> {
  const adapter =
    options.platform === 'express'
      ? new ExpressAdapter()
      : new FastifyAdapter({ routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH } });
  const app = await NestFactory.create<INestApplication>(AppModule.register(options), adapter, {
    logger: options.logLevels ?? ['warn', 'error', 'fatal'],
    abortOnError: false,
    forceCloseConnections: true,
  });
  app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true }));
  serveDocument(app);
  return app;
}

/** The application, listening. */
export async function startApp(options: StartAppOptions = {}): Promise<RunningApp> {
  const app = await createApp(options);
  try {
    const host = options.host ?? '127.0.0.1';
    await app.listen(options.port ?? 0, host);
    const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
    return { app, port, url: `http://${host}:${port}`, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw error;
  }
}
