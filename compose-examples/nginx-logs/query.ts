import { type Entry, Malformed, type Texts } from './push.ts';
import { selectorOf } from './selector.ts';
import type { Streams } from './streams.ts';

/** The most lines that an answer has. */
const most = 5000;

/** Lines with the same labels and metadata, as answers have them. */
export interface Answered {
  readonly stream: Texts;
  /** Each with its time in nanoseconds. */
  readonly values: readonly (readonly [string, string])[];
}

/**
 * Answers `/loki/api/v1/query_range`: without `start` and `end` the last hour, the newest first, a hundred lines.
 * @param now milliseconds since 1970.
 * @throws Malformed
 * @see https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-logs-within-a-range-of-time
 */
export function queryRange(streams: Streams, asked: URLSearchParams, now: number): Answered[] {
  const { takes, keeps } = selectorOf(asked.get('query') ?? '');
  const end = timeOf(asked.get('end')) ?? BigInt(now) * 1_000_000n;
  const start = timeOf(asked.get('start')) ?? end - 3_600_000_000_000n;
  const limit = Number(asked.get('limit') ?? 100);
  if (!Number.isInteger(limit) || limit < 1) throw new Malformed('limit is no number of lines');
  if (limit > most) throw new Malformed(`max entries limit per query exceeded, limit > max_entries_limit (${limit} > ${most})`);
  const forward = asked.get('direction')?.toLowerCase() === 'forward';
  const found = streams.of(takes).filter(({ stamp, line }) => stamp >= start && stamp < end && keeps(line));
  found.sort((a, b) => (a.stamp === b.stamp ? 0 : a.stamp < b.stamp === forward ? -1 : 1));
  return [...Map.groupBy(found.slice(0, limit), keyOf)].map(([key, entries]) => ({
    stream: JSON.parse(key),
    values: entries.map(({ stamp, line }) => [String(stamp), line] as const),
  }));
}

function keyOf({ labels, metadata }: Entry): string {
  return JSON.stringify({ ...labels, ...metadata });
}

/** A time as Loki reads it: nanoseconds, seconds, or a date. */
function timeOf(text: string | null): bigint | undefined {
  if (text === null) return undefined;
  if (/^\d{11,}$/.test(text)) return BigInt(text);
  const milliseconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(milliseconds)) throw new Malformed(`${text} is no time`);
  return BigInt(Math.round(milliseconds)) * 1_000_000n;
}
