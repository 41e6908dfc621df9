import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { atEnd } from '#harness/at-end.ts';
import { Browser } from '#harness/browser.ts';
import { bundledPage } from '#harness/bundled-page.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { type AdminHandler, Handlers, serveAdmin } from '#shared/admin.ts';
import { Health } from '#shared/health.ts';
import { Metrics } from '#shared/metrics.ts';
import { Analysis } from '../../../sidecars/logs/analysis/analysis.ts';
import { topOf } from '../../../sidecars/logs/analysis/top.ts';
import { windowNames } from '../../../sidecars/logs/analysis/windows.ts';
import { page, topPages } from '../../../sidecars/logs/page/page.ts';

const asked = { method: 'GET', path: '/top', query: new URLSearchParams(), headers: {}, body: '' };

test('the page in the image is one small document without anything from elsewhere', async () => {
  const { body, headers } = await (await bundledPage('logs'))(asked);
  const size = gzipSync(body).length;
  assert.ok(size <= 5.5 * 1024, `${size} bytes gzipped`);
  assert.doesNotMatch(body, /\b(?:src|href)="(?!data:|status"|metrics"|readyz")/);
  assert.match(String(headers?.['content-security-policy']), /^default-src 'none'; script-src 'sha256-/);
});

/** An admin server with the page and a real analysis. @returns its port, and what closes it before the end of the test. */
async function open(t: TestContext, { analysis, health }: { analysis: Analysis; health: Health }, shown: AdminHandler) {
  const handlers = new Handlers();
  const { json } = topPages(() => ({ version: '1.2.3', health: health.toJSON(), ...topOf(analysis, windowNames) }));
  handlers.add('/top', shown);
  handlers.add('/top.json', json);
  const listen = { type: 'tcp', host: '127.0.0.1', port: 0 } as const;
  const admin = await serveAdmin({ listen, health, metrics: new Metrics('x'), handlers, status: () => ({}) });
  atEnd(t, () => admin.close());
  return { port: new URL(admin.address).port, close: () => admin.close() };
}

function take(analysis: Analysis, lines: readonly string[]): void {
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  analysis.take(bytes, 0, bytes.length);
}

const line = (path: string, status: number, rest = '') =>
  `10.0.0.7 - - [02/Jan/2026:03:04:05 +0000] "GET ${path} HTTP/1.1" ${status} 1000 "-" "curl/8.8.0"${rest}`;

for (const [form, load] of [
  ['from the source', async () => page],
  ['as it is in the image', () => bundledPage('logs')],
] as const) {
  test(`in a browser, ${form}: everything, and paths that look like markup`, needs('chromium'), async (t) => {
    const [analysis, health] = [new Analysis(), new Health()];
    health.part('sink').degraded('http://there does not answer');
    take(analysis, [
      ...Array.from({ length: 30 }, () => line('/<b>index</b>', 200, ' 0.020')),
      ...Array.from({ length: 10 }, () => line('/gone', 404, ' 0.500')),
      ...Array.from({ length: 5 }, () => line('/fails', 503)),
      'no request',
    ]);
    const { port } = await open(t, { analysis, health }, await load());
    const browser = await Browser.open(t, `http://127.0.0.1:${port}/top`);
    await until('it is shown', async () => (await browser.text()).includes('req/s'));
    await browser.evaluate(
      `document.getElementById('window').value = 'all'; document.getElementById('window').dispatchEvent(new Event('change')), 0`,
    );
    await until('all of it is shown', async () => (await browser.text()).includes('/gone'));
    const text = await browser.text();
    for (const shown of [
      ['ready', 'version 1.2.3', 'sink degraded: http://there does not answer'],
      ['45 in ', 'GET 45', '30 2xx', '10 4xx', '5 5xx', '200: 30 · 404: 10 · 503: 5', 'other lines: 1'],
      ['of 40', 'Half are done in', '20 ms', 'Longest', '500 ms'],
      ['/<b>index</b>', '30 kB', '67 %', '10.0.0.7', 'curl/8.8.0'],
    ].flat())
      assert.ok(text.includes(shown), `${shown} in:\n${text}`);
    assert.doesNotMatch(text, /NaN|undefined|null|Infinity|None stands out|No line tells/);
    assert.equal(await browser.evaluate('document.querySelectorAll("tbody b").length'), 0);
    const widths = await browser.evaluate(
      `[...document.querySelectorAll('#status rect')].map((part) => Math.round(Number(part.getAttribute('width'))))`,
    );
    assert.deepEqual(widths, [67, 22, 11]);
    for (const width of [1200, 760, 420, 320]) {
      await browser.look({ width, height: 900 });
      assert.ok(Number(await browser.evaluate('document.documentElement.scrollWidth')) <= width, `${width} px are enough`);
    }
    assert.deepEqual(browser.complaints, []);
  });
}

test('in a browser: nothing to tell, and a sidecar that goes away', needs('chromium'), async (t) => {
  const { port, close } = await open(t, { analysis: new Analysis(), health: new Health() }, page);
  const browser = await Browser.open(t, `http://127.0.0.1:${port}/top`);
  await until('it is shown', async () => (await browser.text()).includes('None stands out.'));
  const text = await browser.text();
  assert.match(text, /No line tells: nginx/);
  assert.doesNotMatch(text, /NaN|undefined|null|Infinity|Half are/);
  assert.deepEqual(browser.complaints, []);
  await close();
  await until('it says so', async () => /No answer from the sidecar since/.test(await browser.text()));
});
