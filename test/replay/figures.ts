const EXAMPLES = 20;

/** What a replay did, and what it found wrong. */
export class Figures {
  /** Votes that were acknowledged, repeated ones included. */
  votes = 0;
  /** Answers that were compared. */
  reads = 0;
  wrong = 0;
  /** The first of what was wrong. */
  readonly examples: string[] = [];

  /** Notes what is wrong with one answer: however much it is, it counts once. */
  judge(what: string, faults: readonly string[]): void {
    if (faults.length === 0) return;
    this.wrong++;
    if (this.examples.length < EXAMPLES) this.examples.push(`${what}: ${faults.slice(0, 3).join('; ')}`);
  }
}
