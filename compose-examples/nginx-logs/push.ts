/** Names and values, such as `app` and `web`. */
export type Texts = Readonly<Record<string, string>>;

/** One line, and where it belongs. */
export interface Entry {
  /** The labels of its stream, by name. */
  readonly labels: Texts;
  /** Nanoseconds since 1970. */
  readonly stamp: bigint;
  readonly line: string;
  readonly metadata: Texts;
}

/** What is taken of a push, and why the rest is not. */
export interface Push {
  readonly entries: readonly Entry[];
  readonly refused: readonly string[];
}

/** A request that is not as the API says; nothing of it is taken. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/** What Loki allows where nothing else is configured. */
const limits = { labels: 15, name: 1024, value: 2048, line: 256 * 1024, pastDays: 7, futureMinutes: 10 };

/**
 * Reads a push in JSON. A label, a time or a line that is over the limits costs its own entries alone.
 * @param now milliseconds since 1970.
 * @throws Malformed
 * @see https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
 */
export function readPush(body: Uint8Array, now: number): Push {
  const { streams, ...others } = objectOf(parsed(body), 'the body');
  if (Object.keys(others).length > 0) throw new Malformed(`the body has a member ${Object.keys(others).join(', ')}`);
  const groups = listOf(streams, 'streams').map((group) => readStream(objectOf(group, 'a stream'), now));
  return { entries: groups.flatMap(({ entries }) => entries), refused: groups.flatMap(({ refused }) => refused) };
}

function readStream({ stream, values, ...others }: Record<string, unknown>, now: number): Push {
  if (Object.keys(others).length > 0) throw new Malformed(`a stream has a member ${Object.keys(others).join(', ')}`);
  const labels = sorted(textsOf(stream, 'stream'));
  const entries = listOf(values, 'values').map((value) => readEntry(labels, value));
  const fault = faultOfLabels(labels);
  if (fault !== undefined) return { entries: [], refused: [fault] };
  const faults = entries.map((entry) => faultOf(entry, now));
  return {
    entries: entries.filter((_, index) => faults[index] === undefined),
    refused: faults.filter((one) => one !== undefined),
  };
}

function readEntry(labels: Texts, value: unknown): Entry {
  const [stamp, line, metadata = {}, ...others] = listOf(value, 'a value');
  if (typeof stamp !== 'string' || !/^\d{1,19}$/.test(stamp))
    throw new Malformed(`the time ${JSON.stringify(stamp)} is no text of nanoseconds`);
  if (typeof line !== 'string') throw new Malformed(`the line ${JSON.stringify(line)} is no text`);
  if (others.length > 0) throw new Malformed('a value has more than a time, a line and metadata');
  return { labels, stamp: BigInt(stamp), line, metadata: textsOf(metadata, 'the metadata of a value') };
}

function faultOfLabels(labels: Texts): string | undefined {
  const names = Object.keys(labels);
  if (names.length === 0) return 'at least one label pair is required per stream';
  if (names.length > limits.labels) return `stream '${shown(labels)}' has ${names.length} label names; limit ${limits.labels}`;
  const wrong = names.find((name) => name.length > limits.name || !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name));
  if (wrong !== undefined) return `stream '${shown(labels)}' has an invalid label name: '${wrong}'`;
  const long = names.find((name) => (labels[name] ?? '').length > limits.value);
  return long === undefined ? undefined : `stream has label value too long: '${long}'; limit ${limits.value}`;
}

function faultOf({ labels, stamp, line }: Entry, now: number): string | undefined {
  const at = Number(stamp / 1_000_000n);
  const told = `entry for stream '${shown(labels)}' has timestamp`;
  if (at < now - limits.pastDays * 86_400_000) return `${told} too old: ${new Date(at).toISOString()}`;
  if (at > now + limits.futureMinutes * 60_000) return `${told} too new: ${new Date(at).toISOString()}`;
  const bytes = Buffer.byteLength(line);
  return bytes > limits.line
    ? `max entry size '${limits.line}' bytes exceeded for stream '${shown(labels)}': '${bytes}'`
    : undefined;
}

/** Labels as Loki writes them: `{app="web", file="/var/log/nginx/access.log"}`. */
export function shown(labels: Texts): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ')}}`;
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw new Malformed(`the body is no JSON: ${error instanceof Error ? error.message : error}`);
  }
}

function sorted(labels: Texts): Texts {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed(`${what} is no object`);
  return { ...value };
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0) throw new Malformed(`${what} is no list with something in it`);
  return value;
}

function textsOf(value: unknown, what: string): Texts {
  const entries = Object.entries(objectOf(value, what)).map(([name, text]): [string, string] => {
    if (typeof text !== 'string') throw new Malformed(`${what} has under ${name} what is no text`);
    return [name, text];
  });
  return Object.fromEntries(entries);
}
