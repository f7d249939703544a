import { Logger } from '@nestjs/common';
import { startApp } from './create-app.js';

const { DATABASE_URL, PORT = '3000', HOST = '127.0.0.1' } = process.env;

const port = Number(PORT);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  throw new Error(`PORT is "${PORT}", but must be a port number from 0 to 65535.`);
}

const { app, url } = await startApp({
  databaseUrl: DATABASE_URL,
  port,
  host: HOST,
  logLevels: ['log', 'warn', 'error', 'fatal'],
});
app.enableShutdownHooks();
Logger.log(`Listening on ${url}`, 'GovernanceApi');
