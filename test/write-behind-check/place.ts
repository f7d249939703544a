import type { Worker, WorkerMethods } from '../support/workers.js';

/** A place in the crew, and the process that has it now; who dies is replaced at once. */
export class Place<M extends WorkerMethods> {
  #worker: Worker<M> | undefined;
  #isReady = false;
  /** Something is being done to its process, so that nobody else is to do anything to it. */
  isTaken = false;

  /** `fill`: starts a process and tells how it gets to work. */
  constructor(
    private readonly fill: () => { readonly worker: Worker<M>; readonly working: Promise<unknown> },
  ) {}

  get worker(): Worker<M> {
    if (this.#worker === undefined) throw new Error('nobody is at this place');
    return this.#worker;
  }

  /** Whether its process works and may be killed. */
  get isFree(): boolean {
    return this.#isReady && !this.isTaken;
  }

  /** Puts a new process there; resolves when that works. */
  async refill(): Promise<void> {
    const { worker, working } = this.fill();
    this.#worker = worker;
    this.#isReady = false;
    await working;
    this.#isReady = true;
  }

  /** SIGKILL, and a new process at once. */
  async kill(): Promise<void> {
    this.worker.kill();
    await this.worker.exited;
    await this.refill();
  }

  async stop(): Promise<void> {
    await this.#worker?.stop();
  }
}
