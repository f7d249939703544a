/** The logs that fall to a worker: those of the others go round in the order of their names, so that all come to the same answer. */
export function shareOf(worker: string, workers: readonly string[], partitions: number): readonly number[] {
  const place = workers.indexOf(worker);
  if (place < 0) return [];
  return Array.from({ length: partitions }, (_, partition) => partition).filter(
    (partition) => partition % workers.length === place,
  );
}
