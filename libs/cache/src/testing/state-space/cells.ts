/** The bytes of one moment; all parts of a world look at them, and another moment may take their place. */
export interface Cells {
  bytes: Uint8Array;
}

/** Numbers from 0 to 255 by name, each of them one byte. */
export type Part<Name extends string> = Record<Name, number>;

/** Makes parts of one kind: names for some bytes in a row. */
export interface PartKind<Name extends string> {
  readonly size: number;
  at(cells: Cells, from: number): Part<Name>;
  /** Makes all its numbers 0. */
  clear(part: Part<Name>): void;
}

/**
 * Defines a kind of part by the names of its bytes, in their order.
 * A world is nothing but bytes: to copy it is to copy an array, and when worlds are compared nothing can be forgotten.
 */
export function partKind<Name extends string>(names: readonly Name[]): PartKind<Name> {
  class View {
    constructor(
      readonly cells: Cells,
      readonly from: number,
    ) {}
  }
  for (const [i, name] of names.entries()) {
    Object.defineProperty(View.prototype, name, {
      get(this: View) {
        return this.cells.bytes[this.from + i];
      },
      set(this: View, value: number) {
        this.cells.bytes[this.from + i] = value;
      },
    });
  }
  const at = (cells: Cells, from: number) => new View(cells, from) as unknown as Part<Name>;
  const clear = (part: object) => {
    if (part instanceof View) part.cells.bytes.fill(0, part.from, part.from + names.length);
  };
  return { size: names.length, at, clear };
}
