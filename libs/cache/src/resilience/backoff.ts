/** How waiting times grow. Milliseconds. */
export interface BackoffTerms {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** How long to wait before the attempt after the n-th: twice as long each time, less a random part of up to a half, so that many do not return at once. */
export function backoffMs(
  attempt: number,
  { firstMs, lastMs }: BackoffTerms,
  random: () => number = Math.random,
): number {
  const full = Math.min(lastMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return full * (0.5 + random() / 2);
}
