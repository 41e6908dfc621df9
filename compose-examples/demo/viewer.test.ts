import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Snapshot } from './arrivals.ts';
import type { Scene } from './scene.ts';
import { Stage } from './stage.ts';
import { judgeLines } from './verdict.ts';

test('the viewer sees a line that is missing, one that came twice, and one that nobody wrote', async (t) => {
  const { viewer, written } = await open(t, 5);
  assert.equal(written.length, 5);
  const [first = '', second = '', , fourth = '', fifth = ''] = written;
  await post(viewer, [first, second]);
  await post(viewer, [second, fourth, fifth]);
  const counts = await countsOf(viewer);
  assert.deepEqual(
    { ...counts, lines: [], perSecond: undefined },
    {
      ...{ written: 5, rotations: 0, shipped: 4, duplicates: 1, strangers: 0, missing: [[3, 3]] },
      ...{ batches: 2, host: 'machine', lines: [], perSecond: undefined },
    },
  );
  assert.deepEqual(counts.lines, [fifth, fourth, second, second, first]);
  assert.match(judgeLines(counts, 0).line, /^written 5 ≠ shipped 4 \(1 lost: id 3, 1 duplicate,/);

  await post(viewer, ['no number', `${fifth.replace(/id=5$/, 'id=99')}`, written[2] ?? '']);
  const later = await countsOf(viewer);
  assert.equal(later.strangers, 2);
  assert.deepEqual(later.missing, []);
  assert.ok(!judgeLines(later, 0).ok);
});

test('what is no NDJSON is refused, and nothing of it counts', async (t) => {
  const { viewer, written } = await open(t, 1);
  const whole = JSON.stringify({ message: written[0], host: 'machine' });
  for (const body of [`${whole}\n{"message":`, `${whole}\n{"message":\n`, `${whole}\n"text"\n`]) {
    const { status } = await fetch(`${viewer}/logs`, { method: 'POST', body });
    assert.equal(status, body.endsWith('\n') ? 400 : 204);
  }
  const { shipped, duplicates } = await countsOf(viewer);
  assert.deepEqual({ shipped, duplicates }, { shipped: 1, duplicates: 0 });
});

test('the page is whole in itself, and its events tell the counts', async (t) => {
  const { viewer, written } = await open(t, 2);
  await post(viewer, written);
  const page = await (await fetch(viewer)).text();
  assert.match(page, /<title>Sidekick demo<\/title>/);
  assert.doesNotMatch(page.replaceAll('http://www.w3.org/2000/svg', ''), /(src|href)="(?!data:)|https?:/);
  const events = await fetch(`${viewer}/events`, { signal: AbortSignal.timeout(60_000) });
  assert.equal(events.headers.get('content-type'), 'text/event-stream');
  const told: Scene[] = [];
  let text = '';
  for await (const part of events.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    const whole = text.split('\n\n').slice(0, -1);
    told.splice(0, told.length, ...whole.map((event): Scene => JSON.parse(event.slice('data: '.length))));
    if (told.some(({ logs }) => logs.shipped === 2)) break;
  }
  assert.deepEqual(told.at(-1)?.logs.lines, written.toReversed());
});

/** An application that answered so many requests, the lines that it wrote, and a viewer beside it. */
async function open(t: TestContext, requests: number): Promise<{ viewer: string; written: string[] }> {
  const stage = new Stage();
  t.after(() => stage.clear());
  const log = join(stage.folder, 'access.log');
  const listen = ['--listen', '127.0.0.1:0'];
  const data = join(stage.folder, 'data');
  mkdirSync(data);
  const stock = await stage.start('the stock', 'stock.ts', { args: listen }).says(/listening on (\S+)/);
  const app = stage.start('the application', 'app.ts', { args: [...listen, '--log', log, '--data', data, '--stock', stock] });
  const shop = await app.says(/listening on (\S+)/);
  const viewer = stage.start('the viewer', 'viewer.ts', { args: [...listen, '--app', shop] });
  for (let request = 0; request < requests; request += 1) await (await fetch(`${shop}/products/${request}`)).text();
  return { viewer: await viewer.says(/listening on (\S+)/), written: readFileSync(log, 'utf8').split('\n').slice(0, -1) };
}

async function post(viewer: string, messages: readonly string[]): Promise<void> {
  const body = messages.map((message) => `${JSON.stringify({ time: '', message, file: '', host: 'machine' })}\n`).join('');
  const { status } = await fetch(`${viewer}/logs`, { method: 'POST', body });
  assert.equal(status, 204);
}

async function countsOf(viewer: string): Promise<Snapshot> {
  return ((await (await fetch(`${viewer}/counts`)).json()) as Scene).logs;
}
