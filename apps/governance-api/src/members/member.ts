/** A senator, or the President. */
export interface Member {
  /** The row in the roll calls. */
  readonly id: number;
  readonly icpsr: number;
  readonly name: string;
  readonly party: string;
  readonly state: string;
}
