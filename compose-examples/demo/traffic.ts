// Real requests against a web server, at a bounded rate that rises and falls a little, as visitors do.
//   node traffic.ts --to http://127.0.0.1:8080 [--rate PER_SECOND] [--count REQUESTS]
// Ends when it was told to, or after --count requests, and says how many were answered.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { untilTold } from './serve.ts';

const { values: options } = parseArgs({
  options: {
    to: { type: 'string', default: 'http://127.0.0.1:8080' },
    rate: { type: 'string', default: '200' },
    count: { type: 'string', default: 'Infinity' },
  },
});
const rate = Number(options.rate);
const count = Number(options.count);

/** Requests that may wait for their answer at the same time. */
const mostUnanswered = 64;
/** Milliseconds that a visitor waits for an answer. */
const patience = 10_000;
/** Milliseconds between two bursts. */
const pause = 25;
/** Milliseconds from one busy time to the next. */
const period = 20_000;

const pages = [
  () => ({ method: 'GET', path: '/' }),
  () => ({ method: 'GET', path: `/products/${whole(400)}` }),
  () => ({ method: 'GET', path: `/products/${whole(400)}` }),
  () => ({ method: 'GET', path: `/search?q=${encodeURIComponent(pick(['tea', 'Müsli', '茶', 'old "books"', 'a+b']))}` }),
  () => ({ method: 'POST', path: '/orders' }),
  () => ({ method: 'GET', path: pick(['/favicon.ico', '/wp-login.php', '/.env']) }),
] as const;
const browsers = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15',
  'curl/8.14.1',
] as const;
const referers = ['', '', 'https://search.example/'] as const;

const agent = new Agent({ keepAlive: true, maxSockets: 16 });
let begun = 0;
let answered = 0;
let failed = 0;
let told = false;
void untilTold().then(() => {
  told = true;
});
console.log(`visiting ${options.to}`);

let budget = 0;
for (let before = performance.now(); !told && begun < count; await sleep(pause)) {
  const now = performance.now();
  const busy = 1 + 0.4 * Math.sin((2 * Math.PI * now) / period);
  // what a stall left undone is not made up for in one flood
  budget = Math.min(budget + (rate * busy * (now - before)) / 1000, rate / 4 + 1);
  before = now;
  for (; budget >= 1 && begun < count && begun - answered - failed < mostUnanswered; budget -= 1) visit();
}
while (answered + failed < begun) await sleep(pause);
agent.destroy();
console.log(`${answered} requests answered, ${failed} failed`);

/** Sends one request; one that fails, or is answered with an error of the server, is counted, and the next ones go on. */
function visit(): void {
  begun += 1;
  const { method, path } = pick(pages)();
  const headers = { 'user-agent': pick(browsers), 'x-forwarded-for': `203.0.113.${whole(254) + 1}`, referer: pick(referers) };
  const sent = request(new URL(path, options.to), { method, agent, headers, timeout: patience }, (response) => {
    response.resume();
    if ((response.statusCode ?? 0) >= 500) fail();
    response.on('end', () => {
      if (!over) answered += 1;
    });
    response.on('error', fail);
  });
  let over = false;
  sent.on('timeout', () => sent.destroy(new Error('no answer')));
  sent.on('error', fail);
  sent.end(method === 'POST' ? 'product=7' : undefined);

  function fail(): void {
    if (!over) failed += 1;
    over = true;
  }
}

function pick<T>(from: readonly [T, ...T[]]): T {
  return from[whole(from.length)] ?? from[0];
}

/** A random whole number below `limit`. */
function whole(limit: number): number {
  return Math.floor(Math.random() * limit);
}
