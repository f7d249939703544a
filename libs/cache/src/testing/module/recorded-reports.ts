import type { Reporter } from '../../contracts/events.js';

/** A reporter that keeps what it is told, so that a test can ask for it and its output stays clean. */
export class RecordedReports implements Reporter {
  readonly warnings: string[] = [];
  readonly lines: string[] = [];
  readonly #said = new Set<string>();

  once(kind: string, message: string): void {
    if (this.#said.has(kind)) return;
    this.#said.add(kind);
    this.warnings.push(message);
  }

  info(message: string): void {
    this.lines.push(message);
  }
}
