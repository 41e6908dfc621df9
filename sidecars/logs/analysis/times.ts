/** Each power of 2 of microseconds is divided into so many: a quantile is wrong by at most a 32nd. */
const steps = 16;
/** Times of more than 71 minutes count as so long. */
const longest = 2 ** 32 - 1;
const buckets = steps * (32 - 4) + steps;

/** The upper bounds of the histogram that Prometheus gets, in seconds: its own usual ones. */
export const timeBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** How long answers took, in a histogram of a fixed size: linear up to 16 µs, and from there logarithmic with linear steps, as HdrHistogram. */
export class Times {
  /** How many. */
  count = 0;
  /** Seconds. */
  sum = 0;
  /** Seconds. */
  most = 0;
  /** How many took no longer than each of {@link timeBounds}, and longer than that before. */
  readonly bounded = new Float64Array(timeBounds.length);
  readonly #counts = new Float64Array(buckets);

  add(seconds: number): void {
    this.count += 1;
    this.sum += seconds;
    if (seconds > this.most) this.most = seconds;
    const bucket = bucketOf(Math.min(longest, Math.round(seconds * 1e6)));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    let bound = 0;
    while (bound < timeBounds.length && seconds > (timeBounds[bound] ?? 0)) bound += 1;
    if (bound < timeBounds.length) this.bounded[bound] = (this.bounded[bound] ?? 0) + 1;
  }

  merge(other: Times): void {
    if (other.count === 0) return;
    this.count += other.count;
    this.sum += other.sum;
    this.most = Math.max(this.most, other.most);
    for (let bound = 0; bound < timeBounds.length; bound += 1)
      this.bounded[bound] = (this.bounded[bound] ?? 0) + (other.bounded[bound] ?? 0);
    for (let bucket = 0; bucket < buckets; bucket += 1)
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + (other.#counts[bucket] ?? 0);
  }

  clear(): void {
    if (this.count === 0) return;
    this.count = this.sum = this.most = 0;
    this.bounded.fill(0);
    this.#counts.fill(0);
  }

  /** The time in seconds that a share of all answers took no longer than: the middle of its bucket, and never more than the longest. NaN where there are none. */
  quantile(share: number): number {
    if (this.count === 0) return Number.NaN;
    const rank = Math.max(1, Math.ceil(share * this.count));
    let below = 0;
    for (let bucket = 0; bucket < buckets; bucket += 1) {
      below += this.#counts[bucket] ?? 0;
      if (below >= rank) return Math.min(this.most, middleOf(bucket) / 1e6);
    }
    return this.most;
  }
}

/** @param value a whole number of microseconds, below 2^32. */
function bucketOf(value: number): number {
  if (value < steps) return value;
  const shift = 27 - Math.clz32(value);
  return steps * (shift + 1) + (value >>> shift) - steps;
}

function middleOf(bucket: number): number {
  if (bucket < steps) return bucket;
  const shift = Math.floor(bucket / steps) - 1;
  const width = 2 ** shift;
  return ((bucket % steps) + steps) * width + (width - 1) / 2;
}
