// Where the line of a chart is broken.

/** How much longer than nearly all intervals a gap in time is. */
const LONG = 5;

/**
 * `[time, point]` pairs in order of time, with a pair `[time, null]` between two that are much further apart than
 * nearly all others.
 */
export function withGaps(pairs) {
  const apart = pairs.slice(1).map(([time], at) => Math.abs(time - pairs[at][0]));
  const sorted = [...apart].sort((a, b) => a - b);
  const usual = sorted[Math.floor(sorted.length * 0.95)] ?? 0;
  if (sorted.length < 20 || usual === 0) return pairs;
  return pairs.flatMap((pair, at) => {
    const isLong = at > 0 && apart[at - 1] > LONG * usual;
    return isLong ? [[(pair[0] + pairs[at - 1][0]) / 2, null], pair] : [pair];
  });
}

/** The positions of values without neighbours, of which no line tells. */
export function lonely(values) {
  const isThere = (at) => values[at] !== null && values[at] !== undefined;
  return values.map((_, at) => at).filter((at) => isThere(at) && !isThere(at - 1) && !isThere(at + 1));
}

/** How many points have the same time as the one before. */
export function repeated(points) {
  return points.filter((point, at) => at > 0 && point.time === points[at - 1].time).length;
}
