import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Browser } from '#harness/browser.ts';
import { bundledPage } from '#harness/bundled-page.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { type Admin, type AdminHandler, type AdminReply, Handlers, serveAdmin } from '#shared/admin.ts';
import { Health } from '#shared/health.ts';
import { Metrics } from '#shared/metrics.ts';
import { backendCell, Ledger, routeCell } from '../../../sidecars/ambassador/dispatch/ledger.ts';
import type { Observed, ObservedBackend, ObservedName, ObservedRoute } from '../../../sidecars/ambassador/observe.ts';
import { figures } from '../../../sidecars/ambassador/page/figures.ts';
import { page } from '../../../sidecars/ambassador/page/page.ts';
import { type BackendStatus, type Status, statusOf } from '../../../sidecars/ambassador/status.ts';

const { median, rates, together, connectTime, continues, keyOf, earlier } = figures();
const asked = { method: 'GET', path: '/', query: new URLSearchParams(), headers: {}, body: '' };

test('figures: the median of a histogram', () => {
  const bounds = [1, 10, 100];
  assert.equal(median(bounds, [0, 0, 0], 0), null);
  assert.equal(median(bounds, [4, 0, 0], 4), 0.5);
  assert.equal(median(bounds, [1, 2, 1], 4), 5.5);
  assert.equal(median(bounds, [2, 0, 2], 4), 1);
  assert.equal(median(bounds, [0, 0, 1], 9), 100, 'slower than all bounds');
});

/** A backend as `/status` tells it. */
function told(more: Partial<BackendStatus>): BackendStatus {
  const none = { ejections: 0, active: 0, connections: 0, bytesUp: 0, bytesDown: 0, connectTimes: [], failures: {}, ended: {} };
  return { backend: 'a:1', state: 'up', connectSeconds: { median: null, mean: null }, ...none, ...more };
}

test('figures: rates are differences over the time between, and never negative', () => {
  const before = told({ connections: 10, bytesUp: 1000, bytesDown: 5, failures: { refused: 1 } });
  const now = told({ connections: 30, bytesUp: 5000, bytesDown: 4, failures: { refused: 2, timed_out: 1 } });
  const rate = rates(now, before, 2);
  assert.deepEqual(rate, { connections: 10, up: 2000, down: 0, failures: 1 });
  assert.deepEqual(rates(now, undefined, 2), { connections: 0, up: 0, down: 0, failures: 0 }, 'one that is new');
  assert.deepEqual(together([rate, rate]), { connections: 20, up: 4000, down: 0, failures: 2 });
  assert.deepEqual(together([]), { connections: 0, up: 0, down: 0, failures: 0 });
});

test('figures: the connect time of late, or of ever where there was no connect', () => {
  const before = told({ connections: 4, connectTimes: [4, 0] });
  const now = told({ connections: 6, connectTimes: [4, 2], connectSeconds: { median: 0.2, mean: 0.2 } });
  assert.equal(connectTime([1, 3], now, before), 2);
  assert.equal(connectTime([1, 3], now, now), 0.2);
  assert.equal(connectTime([1, 3], now, undefined), 0.2);
});

test('figures: which backend of an earlier look is the same', () => {
  const [fresh, old] = [told({}), told({ state: 'leaving' })];
  const status = (backends: BackendStatus[], uptimeSeconds = 1) =>
    ({ uptimeSeconds, routes: [{ name: 'r', backends }] }) as unknown as Status;
  assert.notEqual(keyOf(fresh), keyOf(old));
  assert.equal(earlier(status([old, fresh]), 'r', fresh), fresh);
  assert.equal(earlier(status([old, fresh]), 'r', old), old);
  assert.equal(earlier(status([fresh]), 'r', old), fresh, 'it began to leave');
  assert.equal(earlier(status([fresh]), 'other', fresh), undefined);
  assert.deepEqual([continues(status([], 2), status([], 1)), continues(status([], 1), status([], 2))], [true, false]);
});

const bundled = () => bundledPage('ambassador');

test('the page in the image is one small document without anything from elsewhere', async () => {
  const { body, headers } = await (await bundled())(asked);
  const size = gzipSync(body).length;
  assert.ok(size <= 6 * 1024, `${size} bytes gzipped`);
  assert.doesNotMatch(body, /\b(?:src|href)="(?!data:|status"|metrics"|readyz")/);
  assert.match(
    String(headers?.['content-security-policy']),
    /^default-src 'none'; script-src 'sha256-[^ ']+'; style-src 'sha256-[^ ']+'; /,
  );
  assert.equal(((await page({ ...asked, method: 'POST' })) as AdminReply).code, 405);
});

/** A ledger, what is to be seen of it, and an admin server with the page. */
class Stage {
  readonly ledger = new Ledger();
  readonly health = new Health();
  readonly routes: ObservedRoute[] = [];
  problem: string | undefined;
  readonly names: ObservedName[] = [];
  uptime = process.uptime;
  #admin: Admin | undefined;

  async open(shown: AdminHandler, port = 0): Promise<number> {
    const handlers = new Handlers();
    handlers.add('/', shown);
    const look = (): Observed => ({
      routes: this.routes,
      names: this.names,
      config: { reloads: { ok: 0, failed: 0 }, problem: this.problem },
    });
    const status = () => ({ version: '1.2.3', ...statusOf(look()), uptimeSeconds: this.uptime() });
    const listen = { type: 'tcp', host: '127.0.0.1', port } as const;
    this.#admin = await serveAdmin({ listen, health: this.health, metrics: new Metrics('x'), handlers, status });
    return Number(new URL(this.#admin.address).port);
  }

  async close(): Promise<void> {
    await this.#admin?.close();
  }

  backend(key: string, more: Partial<ObservedBackend> = {}): ObservedBackend {
    const slot = this.ledger.take() as number;
    return { key, ledger: this.ledger, slot, check: 'off', reason: '', usable: true, ejections: 0, ...more };
  }

  route(name: string, backends: readonly ObservedBackend[], more: Partial<ObservedRoute> = {}): ObservedRoute {
    const slot = this.ledger.take() as number;
    const route = {
      name,
      listen: name,
      ledger: this.ledger,
      slot,
      engine: 'net',
      options: {},
      backends,
      gone: new Map(),
      ...more,
    } as const;
    this.routes.push(route);
    return route;
  }

  count(slot: number, offset: number, amount: number): void {
    const { cells } = this.ledger;
    const at = this.ledger.at(slot) + offset;
    cells[at] = (cells[at] ?? 0) + amount;
  }
}

/** How many numbers the sparkline of the first route shows. */
const points = `document.querySelector('polyline').getAttribute('points').split(' ').filter(Boolean).length`;

for (const [form, load] of [
  ['from the source', async () => page],
  ['as it is in the image', bundled],
] as const) {
  test(
    `in a browser, ${form}: routes, rates, faults, and names that look like markup`,
    needs('chromium'),
    async (t: TestContext) => {
      const stage = new Stage();
      t.after(() => stage.close());
      const up = stage.backend('10.0.0.2:6379');
      const out = stage.backend('unix:/run/<i>x</i>', {
        usable: false,
        ejectedUntil: Date.now() + 3_600_000,
        reason: 'timed out',
      });
      const fault = { name: 'slow', type: 'latency', stream: 'upstream', toxicity: 1, attributes: { latency: 100 } } as const;
      const route = stage.route('<b>redis</b>', [up, out], { listen: '6379', options: { balance: 'least' }, faults: [fault] });
      stage.route('7000', []);
      stage.count(route.slot, routeCell.waiting, 2);
      stage.count(route.slot, routeCell.queueFull, 3);
      stage.count(out.slot, backendCell.timedOut, 4);
      stage.problem = 'line 3 is bad';
      stage.health.part('routes').degraded('the routes stay as they were: line 3 is bad');
      stage.health.part('listeners').degraded('7000 has no backend: web: ENOTFOUND');
      stage.names.push({ name: 'web', addresses: 0, failed: 1, problem: 'ENOTFOUND' });
      stage.names.push({ name: 'db', addresses: 2, failed: 1, problem: 'EAI_AGAIN' });
      const port = await stage.open(await load());
      const browser = await Browser.open(t, `http://127.0.0.1:${port}/`);
      await until('routes are shown', async () => (await browser.text()).includes('10.0.0.2:6379'));
      const text = await browser.text();
      const expected = [
        ['<b>redis</b>', 'listens on 6379', 'balance least', 'fault: latency “slow” upstream latency 100', '2 waiting'],
        ['unix:/run/<i>x</i>', 'left out, ', 'timed out', '3 turned away: queue full', 'No backend is known.'],
        ['ready', 'version 1.2.3', 'line 3 is bad', 'listeners degraded: 7000 has no backend'],
        ['db cannot be resolved: EAI_AGAIN; its last addresses are kept'],
      ].flat();
      for (const shown of expected) assert.ok(text.includes(shown), `${shown} in:\n${text}`);
      for (const once of ['line 3 is bad', 'ENOTFOUND']) assert.equal(text.split(once).length, 2, `${once} once in:\n${text}`);
      assert.equal(await browser.evaluate('document.querySelectorAll("main b, main i").length'), 0);

      const flowing = setInterval(() => stage.count(up.slot, backendCell.bytesDown, 1e6), 100);
      t.after(() => clearInterval(flowing));
      await until('bytes flow', async () => /↓ \d+(\.\d)? MB\/s/.test(await browser.text()));
      await until('the sparkline grows', async () => Number(await browser.evaluate(points)) >= 2);
      for (const width of [1200, 760, 420, 320]) {
        await browser.look({ width, height: 900 });
        assert.ok(Number(await browser.evaluate('document.documentElement.scrollWidth')) <= width, `${width} px are enough`);
      }
      assert.deepEqual(browser.complaints, []);
    },
  );
}

test('in a browser: it says that the sidecar is gone, and goes on with the next one', needs('chromium'), async (t) => {
  const stage = new Stage();
  t.after(() => stage.close());
  const backend = stage.backend('10.0.0.2:6379');
  stage.route('6379', [backend]);
  stage.count(backend.slot, backendCell.connections, 1000);
  const port = await stage.open(page);
  const browser = await Browser.open(t, `http://127.0.0.1:${port}/`);
  await until('the route is shown', async () => (await browser.text()).includes('10.0.0.2:6379'));
  assert.doesNotMatch(await browser.text(), /No answer/);
  await until('the sparkline grew', async () => Number(await browser.evaluate(points)) >= 2);
  await browser.evaluate(`new MutationObserver(() => { globalThis.least = Math.min(globalThis.least ?? Infinity, ${points}) })
    .observe(document.querySelector('polyline'), { attributes: true }), 0`);
  await stage.close();
  await until('it says so', async () => /No answer from the sidecar since \d/.test(await browser.text()));
  assert.equal(await browser.evaluate('document.title'), 'no answer · ambassador');
  assert.ok((await browser.text()).includes('10.0.0.2:6379'), 'what it last said is still there');

  const begun = performance.now();
  stage.uptime = () => (performance.now() - begun) / 1000;
  stage.routes.length = 0;
  stage.route('6379', []);
  await stage.open(page, port);
  await until('the next one is shown', async () => (await browser.text()).includes('No backend is known.'));
  assert.doesNotMatch(await browser.text(), /No answer|10\.0\.0\.2/);
  assert.ok(Number(await browser.evaluate('globalThis.least')) < 2, 'the sparkline began anew');
});
