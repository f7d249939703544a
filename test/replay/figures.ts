const EXAMPLES = 20;

/** What a replay did, and what it found wrong. */
export class Figures {
  /** Votes that were acknowledged, repeated ones included. */
  votes = 0;
  /** Answers that were compared while votes were in the air. */
  looks = 0;
  /** Answers that were compared at checkpoints. */
  reads = 0;
  wrong = 0;
  readonly #ms = { voting: 0, reading: 0 };
  /** The first of what was wrong. */
  readonly examples: string[] = [];

  /** Votes per second while votes were sent, with the looks that somebody took. */
  get votesPerSecond(): number {
    return Math.round((this.votes / this.#ms.voting) * 1000);
  }

  /** Answers per second at checkpoints. */
  get readsPerSecond(): number {
    return Math.round((this.reads / this.#ms.reading) * 1000);
  }

  async time(what: 'voting' | 'reading', work: Promise<void>): Promise<void> {
    const started = performance.now();
    await work;
    this.#ms[what] += performance.now() - started;
  }

  /** Notes what is wrong with one answer: however much it is, it counts once. */
  judge(what: string, faults: readonly string[]): void {
    if (faults.length === 0) return;
    this.wrong++;
    if (this.examples.length < EXAMPLES) this.examples.push(`${what}: ${faults.slice(0, 3).join('; ')}`);
  }
}
