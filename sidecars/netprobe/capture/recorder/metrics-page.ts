// the text format of Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats/ version 0.0.4
import type { IncomingMessage } from 'node:http';
import { type Selector, unescapedLabel } from './trigger.ts';

/** One line of a page of metrics. */
export interface MetricSample {
  /** As they are written: what tells one series of a name from another. */
  readonly labels: string;
  readonly value: number;
}

/** No page of metrics is longer; in bytes. */
const longest = 32 * 2 ** 20;

/** Reads the body of an answer. @throws Error where it is too long, or breaks off; the signal's reason. */
export async function readPage(answer: IncomingMessage, signal: AbortSignal): Promise<string> {
  const abort = () => answer.destroy(signal.reason as Error);
  signal.addEventListener('abort', abort);
  const parts: Buffer[] = [];
  let length = 0;
  try {
    signal.throwIfAborted();
    for await (const part of answer as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > longest) throw new Error(`its page is longer than ${longest / 2 ** 20} MiB`);
      parts.push(part);
    }
    return Buffer.concat(parts).toString();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * The samples of a page that a selector means, in their order.
 * @throws Error where a line of that name is not as it should be; other lines are not looked at.
 */
export function samplesOf(page: string, { name, labels: wanted }: Selector): MetricSample[] {
  const found: MetricSample[] = [];
  for (let at = page.indexOf(name); at >= 0; at = page.indexOf(name, at + name.length)) {
    const next = page[at + name.length] ?? '\n';
    // comments, longer names, and names that are in others
    if ((at > 0 && page[at - 1] !== '\n') || !'{ \t'.includes(next)) continue;
    const end = page.indexOf('\n', at);
    const line = page.slice(at, end < 0 ? undefined : end).trimEnd();
    const sample = sampleOf(line.slice(name.length), line);
    if (Object.entries(wanted).every(([key, value]) => (sample.pairs.get(key) ?? '') === value)) found.push(sample);
  }
  return found;
}

const sampleForm = /^(?:\{(?<labels>(?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?[ \t]*(?<value>\S+)(?:[ \t]+-?[\d.]+)?(?: # \{.*)?$/;

function sampleOf(text: string, line: string): MetricSample & { readonly pairs: ReadonlyMap<string, string> } {
  const { labels = '', value: written = '' } = sampleForm.exec(text)?.groups ?? {};
  const value = numberOf(written);
  if (value === undefined) throw new Error(`it has a line that is not a sample of Prometheus: ${line.slice(0, 200)}`);
  const pairs = new Map<string, string>();
  let rest = labels.trim();
  while (rest !== '') {
    const [whole = '', key = '', given = ''] = /^([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,\s*|$)/.exec(rest) ?? [];
    if (whole === '') throw new Error(`it has a line whose labels cannot be read: ${line.slice(0, 200)}`);
    pairs.set(key, unescapedLabel(given));
    rest = rest.slice(whole.length);
  }
  return { labels, value, pairs };
}

/** A number as Go's ParseFloat reads it. */
function numberOf(text: string): number | undefined {
  const special = /^(?<sign>[+-]?)(?<word>inf(?:inity)?|nan)$/i.exec(text)?.groups;
  if (special !== undefined) {
    if (special.word?.toLowerCase() === 'nan') return Number.NaN;
    return special.sign === '-' ? -Infinity : Infinity;
  }
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}
