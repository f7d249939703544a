/**
 * Microseconds of the clock that all processes of a machine share (CLOCK_MONOTONIC).
 * Only such a clock can say that a read in one process began after an acknowledgement in another.
 */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1_000;
}
