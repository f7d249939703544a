import type { LoggerService } from '@nestjs/common';
import { Logger } from '@nestjs/common';
import type { Reporter } from '../contracts/events.js';

const MAX_KINDS = 1_000;

/**
 * A reporter that writes to the log of the application, under the name Nuthatch.
 * What it has said it remembers, up to a bound; beyond it only one more line is written, lest a kind that varies fill log and memory.
 */
export class LogReporter implements Reporter {
  readonly #said = new Set<string>();
  #full = false;

  constructor(private readonly logger: Pick<LoggerService, 'warn' | 'log'> = new Logger('Nuthatch')) {}

  once(kind: string, message: string): void {
    if (this.#full || this.#said.has(kind)) return;
    if (this.#said.size < MAX_KINDS) {
      this.#said.add(kind);
      this.#write('warn', message);
      return;
    }
    this.#full = true;
    this.#write('warn', `${MAX_KINDS} different warnings were written; there are more, which are not`);
  }

  info(message: string): void {
    this.#write('log', message);
  }

  /** The application's own logger may fail; that is no reason for a call through the cache to fail. */
  #write(level: 'warn' | 'log', message: string): void {
    try {
      this.logger[level](message);
    } catch {
      // nobody is left to tell
    }
  }
}
