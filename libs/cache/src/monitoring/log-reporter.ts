import type { LoggerService } from '@nestjs/common';
import { Logger } from '@nestjs/common';
import type { Reporter } from '../contracts/events.js';

const MAX_KINDS = 1_000;
const OTHERS = 'other';

/**
 * A reporter that writes to the log of the application, under the name Nuthatch, and counts how often each kind comes up.
 * What it has said it remembers, up to a bound; beyond it only one more line is written, lest a kind that varies fill log and memory.
 */
export class LogReporter implements Reporter {
  readonly #counts = new Map<string, number>();

  constructor(private readonly logger: Pick<LoggerService, 'warn' | 'log'> = new Logger('Nuthatch')) {}

  once(kind: string, message: string): void {
    const isKnown = this.#counts.has(kind);
    const name = isKnown || this.#counts.size < MAX_KINDS ? kind : OTHERS;
    const count = this.#counts.get(name) ?? 0;
    // before anything is written: a logger may use the cache
    this.#counts.set(name, count + 1);
    if (count > 0) return;
    const tooMany = `${MAX_KINDS} different warnings were written; there are more, which are not`;
    this.#write('warn', name === kind ? message : tooMany);
  }

  /** How often each kind of warning came up, written or not. */
  get warnings(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
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
