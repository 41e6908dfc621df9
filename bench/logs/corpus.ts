import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { type Below, mulberry32, pick } from '../random.ts';

/** A log file to be shipped. */
export interface Corpus {
  readonly path: string;
  readonly bytes: number;
  readonly lines: number;
  /** A stack trace with all its lines is one. */
  readonly records: number;
}

const day = Date.UTC(2026, 0, 2);
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const paths = ['/', '/index.html', '/api/v1/users', '/api/v1/orders', '/static/app.js', '/static/style.css', '/login', '/search'];
const agents = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
  'curl/8.8.0',
  'kube-probe/1.30',
];
const events = [
  'order placed',
  'payment accepted',
  'cache miss',
  'user logged in',
  'mail sent to jürgen',
  'retrying after "timeout"',
];
const classes = ['OrderService', 'PaymentGateway', 'UserRepository', 'HttpHandler', 'ConnectionPool'];

/**
 * Writes what applications write: of 100 records 59 of an nginx access log, 40 of JSON, and one stack trace of several lines.
 * The same seed gives the same bytes.
 * @param size in bytes; the last record may go beyond.
 */
export function writeCorpus(path: string, size: number, seed: number): Corpus {
  const below = mulberry32(seed);
  const file = openSync(path, 'w');
  let bytes = 0;
  let lines = 0;
  let records = 0;
  let now = day;
  while (bytes < size) {
    let text = '';
    while (text.length < 2 ** 20 && bytes + text.length < size) {
      now += below(20);
      text += record(below, new Date(now));
      records += 1;
    }
    const block = Buffer.from(text);
    bytes += writeSync(file, block);
    for (let at = block.indexOf(10); at >= 0; at = block.indexOf(10, at + 1)) lines += 1;
  }
  closeSync(file);
  return { path, bytes, lines, records };
}

/** Writes the same lines as Docker's json-file does. */
export function writeDockerCorpus(path: string, plain: Corpus): Corpus {
  const file = openSync(path, 'w');
  let bytes = 0;
  let text = '';
  const flush = () => {
    bytes += writeSync(file, text);
    text = '';
  };
  for (const line of linesOf(plain.path)) {
    text += `${JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: '2026-01-02T03:04:05.123456789Z' })}\n`;
    if (text.length >= 2 ** 20) flush();
  }
  flush();
  closeSync(file);
  return { ...plain, path, bytes };
}

function* linesOf(path: string): Generator<string> {
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(2 ** 20);
  const decoder = new TextDecoder();
  let rest = '';
  for (let length = readSync(file, buffer); length > 0; length = readSync(file, buffer)) {
    const lines = (rest + decoder.decode(buffer.subarray(0, length), { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  closeSync(file);
}

function record(below: Below, time: Date): string {
  const kind = below(100);
  if (kind < 59) return access(below, time);
  return kind < 99 ? json(below, time) : trace(below, time);
}

/** The format `combined` of nginx. */
function access(below: Below, time: Date): string {
  const [date = '', clock = ''] = time.toISOString().slice(0, 19).split('T');
  const [year, month, dayOfMonth] = date.split('-');
  const when = `${dayOfMonth}/${months[Number(month) - 1]}/${year}:${clock} +0000`;
  const address = `10.${below(256)}.${below(256)}.${below(256)}`;
  const request = `${below(5) === 0 ? 'POST' : 'GET'} ${pick(below, paths)}?id=${below(1e6)} HTTP/1.1`;
  const status = [200, 200, 200, 200, 204, 304, 404, 500][below(8)];
  return `${address} - - [${when}] "${request}" ${status} ${below(50_000)} "-" "${pick(below, agents)}"\n`;
}

function json(below: Below, time: Date): string {
  const level = ['info', 'info', 'info', 'warn', 'debug'][below(5)];
  const entry = {
    time: time.toISOString(),
    level,
    msg: pick(below, events),
    request_id: (below(2 ** 31) + 2 ** 31).toString(16).repeat(2),
    user: below(1e5),
    duration_ms: below(1000),
    path: pick(below, paths),
  };
  return `${JSON.stringify(entry)}\n`;
}

/** A Java exception with 5 to 24 frames. */
function trace(below: Below, time: Date): string {
  let text = `${time.toISOString()} ERROR ${pick(below, classes)} - java.lang.IllegalStateException: no connection after ${below(9000)} ms\n`;
  for (let frames = 5 + below(20); frames > 0; frames -= 1) {
    const name = pick(below, classes);
    text += `\tat com.example.app.${name}.call(${name}.java:${below(900)})\n`;
  }
  return text;
}
