/** Where a handler may be held: before the database has its batch, or after that and before its log knows. */
export type Spot = 'before the database' | 'after the database';

/** Holds the next call of a handler at a spot, so that a process can be frozen or killed just there. */
export class Gate {
  #wanted: { readonly spot: Spot; readonly reached: () => void } | undefined;
  #open: (() => void) | undefined;

  /** Resolves when a call of the handler is held. */
  hold(spot: Spot): Promise<void> {
    return new Promise((reached) => {
      this.#wanted = { spot, reached };
    });
  }

  /** Lets the call that is held go on. */
  open(): void {
    this.#wanted = undefined;
    this.#open?.();
  }

  async pass(spot: Spot): Promise<void> {
    const wanted = this.#wanted;
    if (wanted?.spot !== spot) return;
    this.#wanted = undefined;
    const opened = new Promise<void>((open) => {
      this.#open = open;
    });
    wanted.reached();
    await opened;
  }
}
