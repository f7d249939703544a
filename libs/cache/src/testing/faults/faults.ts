import type { Clock } from '../../contracts/clock.js';
import { sleep } from '../../contracts/clock.js';

/** What goes wrong with a command. */
type Fault =
  | { readonly kind: 'fail'; readonly error: unknown }
  | { readonly kind: 'hang' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'lose-reply' };

/** A command that has not arrived yet. */
interface Held<C> {
  readonly command: C;
  readonly arrive: () => void;
}

/**
 * What goes wrong with the commands of a port, command by command, until the test heals it. It is the one switch of the
 * faulty doubles, so that a test says the same thing to each of them. Where no command is named, all are meant.
 */
export class Faults<C extends string> {
  readonly #faults = new Map<C, Fault>();
  readonly #calls = new Map<C, number>();
  #held: Held<C>[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly commands: readonly C[],
    private readonly failure: () => unknown,
  ) {}

  /** Commands are rejected, and not executed. */
  fail(...commands: readonly C[]): void {
    this.#set(() => ({ kind: 'fail', error: this.failure() }), commands);
  }

  /** The same with an error of the test's own. */
  failWith(error: unknown, ...commands: readonly C[]): void {
    this.#set(() => ({ kind: 'fail', error }), commands);
  }

  /** Commands do not arrive and get no answer; once healed they are executed after all, in their order. */
  hang(...commands: readonly C[]): void {
    this.#set(() => ({ kind: 'hang' }), commands);
  }

  /** Commands arrive `ms` milliseconds late, by the clock of the test. */
  delay(ms: number, ...commands: readonly C[]): void {
    this.#set(() => ({ kind: 'delay', ms }), commands);
  }

  /** Commands are executed, but nobody ever hears of it. */
  loseReply(...commands: readonly C[]): void {
    this.#set(() => ({ kind: 'lose-reply' }), commands);
  }

  /** Nothing goes wrong any more; commands that hang arrive now. */
  heal(...commands: readonly C[]): void {
    const healed = new Set(this.#named(commands));
    for (const command of healed) this.#faults.delete(command);
    const arriving = this.#held.filter(({ command }) => healed.has(command));
    this.#held = this.#held.filter(({ command }) => !healed.has(command));
    for (const { arrive } of arriving) arrive();
  }

  /** How often a command was sent, whatever became of it. */
  calls(command: C): number {
    return this.#calls.get(command) ?? 0;
  }

  /** Executes a command as its fault has it. */
  run<T>(command: C, execute: () => Promise<T>): Promise<T> {
    this.#calls.set(command, this.calls(command) + 1);
    const fault = this.#faults.get(command);
    switch (fault?.kind) {
      case undefined:
        return execute();
      case 'fail':
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what a port rejects with is the test's choice
        return Promise.reject(fault.error);
      case 'hang':
        return new Promise((resolve, reject) => {
          this.#held.push({ command, arrive: () => void execute().then(resolve, reject) });
        });
      case 'delay':
        return sleep(this.clock, fault.ms).then(execute);
      case 'lose-reply':
        execute().catch(() => undefined);
        return new Promise(() => undefined);
    }
  }

  #set(fault: () => Fault, commands: readonly C[]): void {
    for (const command of this.#named(commands)) this.#faults.set(command, fault());
  }

  #named(commands: readonly C[]): readonly C[] {
    return commands.length === 0 ? this.commands : commands;
  }
}
