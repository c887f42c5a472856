/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('no values, no median');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/**
 * The median of the ratios round by round, not the ratio of the medians: what slowed a whole round
 * down, slowed both.
 */
export function medianRatio(values: readonly number[], reference: readonly number[]): number {
  if (values.length !== reference.length) throw new RangeError('not the same rounds');
  return median(values.map((value, round) => value / (reference[round] as number)));
}
