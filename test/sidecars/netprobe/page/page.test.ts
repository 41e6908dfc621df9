import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Browser } from '#harness/browser.ts';
import { bundledPage } from '#harness/bundled-page.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import type { AdminReply } from '#shared/admin.ts';
import { page } from '../../../../sidecars/netprobe/page/page.ts';
import { anInterface, aPeer, nothing, Scene } from './scene.ts';

const asked = { method: 'GET', path: '/', query: new URLSearchParams(), headers: {}, body: '' };

const bundled = () => bundledPage('netprobe');

test('the page in the image is one small document without anything from elsewhere', async () => {
  const { body, headers } = await (await bundled())(asked);
  const size = gzipSync(body).length;
  assert.ok(size <= 7.5 * 1024, `${size} bytes gzipped`);
  assert.doesNotMatch(body, /\b(?:src|href)="(?!data:|status"|metrics"|readyz")/);
  assert.match(
    String(headers?.['content-security-policy']),
    /^default-src 'none'; script-src 'sha256-[^ ']+'; style-src 'sha256-/,
  );
  assert.equal(((await page({ ...asked, method: 'POST' })) as AdminReply).code, 405);
});

/** How many numbers the sparkline of the first interface shows. */
const points = `document.querySelector('polyline').getAttribute('points').split(' ').filter(Boolean).length`;

/** How wide the parts of a bar are, of 100. */
const widths = (bar: string) => `[...document.querySelectorAll('${bar} rect')].map((part) => Number(part.getAttribute('width')))`;

for (const [form, load] of [
  ['from the source', async () => page],
  ['as it is in the image', bundled],
] as const) {
  test(`in a browser, ${form}: everything, and names that look like markup`, needs('chromium'), async (t) => {
    const scene = new Scene();
    t.after(() => scene.close());
    const began = Date.now();
    const grow = () => {
      const ms = Date.now() - began;
      const traffic = { opened: ms, sentBytes: ms * 2000, receivedBytes: ms * 500, retransmittedBytes: ms * 200 };
      scene.set({
        namespace: {
          orphaned: false,
          interfaces: [
            anInterface('lo', { receivedBytes: ms * 9e6 }),
            anInterface('eth0', { receivedBytes: ms * 1000, sentBytes: ms * 3000, addresses: ['10.0.0.2/24'] }),
            anInterface('eth9', { up: false }),
          ],
        },
        peers: [
          aPeer('<b>lb</b>', { ...traffic, connections: 12, rttSeconds: 0.0042 }),
          aPeer('10.0.0.9', { sentBytes: null, receivedBytes: null, retransmittedBytes: null }),
          aPeer('other', { port: 0, connections: 3 }),
          ...Array.from({ length: 30 }, (_, n) => aPeer(`10.1.0.${n}`, { direction: 'out', port: 5432 })),
          aPeer('fd00::7', { direction: 'out', port: 443 }),
        ],
        counters: { tcpRetransmits: ms * 3, tcpSegmentsOut: ms * 100, listenOverflows: ms, listenDrops: 7 },
      });
      scene.read();
    };
    scene.set({
      source: { sockets: 'proc', reason: 'EPERM', missing: ['bytes', 'drops'], events: false, eventsLost: 3 },
      listeners: [
        { address: '[::]:80', queue: 96, limit: 128, drops: 24 },
        { address: '0.0.0.0:<i>81</i>', queue: 0, limit: 0, drops: null },
      ],
      ports: { first: 1000, last: 1999, destinations: [{ destination: '10.0.0.9:443', used: 850, share: 0.85 }] },
      checks: [
        { check: 'tcp://redis:6379', ok: true, seconds: 0.0007, detail: 'connected to 10.0.0.4' },
        { check: 'tls://web:443', ok: false, seconds: 3, detail: 'timed out', certificateExpires: '2027-03-02T01:02:03Z' },
        { check: 'icmp://gateway', ok: null, seconds: null, detail: '' },
      ],
      sockets: { ...nothing.sockets, states: { ESTAB: 30, 'TIME-WAIT': 10, LISTEN: 5 }, readSeconds: 0.0021 },
    });
    scene.health.part('ports').degraded('10.0.0.9:443 has 85 % of its ports in use');
    grow();
    const growing = setInterval(grow, 100);
    t.after(() => clearInterval(growing));
    const port = await scene.open(await load());
    const browser = await Browser.open(t, `http://127.0.0.1:${port}/`);
    await until('rates of peers are known', async () => /<b>lb<\/b>.*\s2\.\d MB\/s/s.test(await browser.text()));
    const text = await browser.text();
    const expected = [
      ['ready', 'version 1.2.3', 'sockets by proc every 5 s', 'in 2.1 ms', 'ports degraded: 10.0.0.9:443 has 85 %'],
      ['(EPERM), which does not tell: bytes, drops', '3 ends of connections were not heard of'],
      ['10.0.0.2/24', 'eth9', 'down', '40 at the last reading', '30 ESTAB', '10 TIME-WAIT'],
      ['[::]:80', '96', '128', '24', '0.0.0.0:<i>81</i>', '850', '85 %', '1.0k towards each destination, 1000 to 1999'],
      ['tcp://redis:6379', 'connected to 10.0.0.4', 'timed out · certificate until 2027-03-02', 'not made yet'],
      ['to port 8080', '4.2 ms', 'all others', '10.1.0.24:5432', 'the 25 busiest of 31'],
    ].flat();
    for (const shown of expected) assert.ok(text.includes(shown), `${shown} in:\n${text}`);
    for (const hidden of ['10.1.0.25', 'Nobody yet', 'LISTEN', 'other\n', 'NaN', 'undefined'])
      assert.ok(!text.includes(hidden), `no ${hidden} in:\n${text}`);
    assert.match(text, /↓ (9\d\d kB|1\.\d MB)\/s {2}↑ (2\.\d|3\.\d) MB\/s/, 'in all, lo not counted');
    assert.match(text, /Segments sent again\s+[23](\.\d)? %/);
    assert.match(text, /Accept queue overflows\s+\S+\/s, \S+ in all/);
    assert.match(text, /Dropped by listeners\s+7\s/);
    assert.equal(await browser.evaluate('document.querySelectorAll("main i, tbody b").length'), 0);
    assert.deepEqual(await browser.evaluate(widths('#states')), [75, 25]);
    assert.deepEqual(await browser.evaluate(widths('#listeners')), [75, 0]);
    assert.deepEqual(await browser.evaluate(widths('#ports')), [85]);

    await until('the sparkline grows', async () => Number(await browser.evaluate(points)) >= 3);
    for (const width of [1200, 760, 420, 320]) {
      await browser.look({ width, height: 900 });
      assert.ok(Number(await browser.evaluate('document.documentElement.scrollWidth')) <= width, `${width} px are enough`);
    }
    assert.deepEqual(browser.complaints, []);
  });
}

test('in a browser: a status with nothing in it', needs('chromium'), async (t) => {
  const scene = new Scene();
  t.after(() => scene.close());
  const browser = await Browser.open(t, `http://127.0.0.1:${await scene.open(page)}/`);
  await until('it is shown', async () => (await browser.text()).includes('Nobody yet.'));
  const text = await browser.text();
  for (const shown of [
    'Nothing yet.',
    'Nothing listens here.',
    'None is in use.',
    'NETPROBE_CHECKS',
    'not read yet',
    '↓ 0 B/s  ↑ 0 B/s',
  ])
    assert.ok(text.includes(shown), `${shown} in:\n${text}`);
  assert.doesNotMatch(text, /NaN|undefined|null|Infinity/);
  assert.deepEqual(browser.complaints, []);
});

test('in a browser: an owner that is gone is told loudly', needs('chromium'), async (t) => {
  const scene = new Scene();
  t.after(() => scene.close());
  scene.set({ namespace: { orphaned: true, interfaces: [anInterface('lo')] } });
  scene.health.part('namespace').down('its owner is gone');
  const browser = await Browser.open(t, `http://127.0.0.1:${await scene.open(page)}/`);
  await until('it says so', async () => /The owner of this network is gone/.test(await browser.text()));
  assert.match(String(await browser.evaluate('document.title')), /. · netprobe$/);
  scene.set({ namespace: { orphaned: false, interfaces: [anInterface('lo')] } });
  await until('it is over', async () => !/is gone\. What/.test(await browser.text()));
});

test('in a browser: counters that begin anew, and a sidecar that goes away and comes back', needs('chromium'), async (t) => {
  const scene = new Scene();
  t.after(() => scene.close());
  let sent = 5e12;
  const grow = () => {
    sent += 1e5;
    scene.set({ namespace: { orphaned: false, interfaces: [anInterface('eth0', { sentBytes: sent })] } });
  };
  grow();
  const growing = setInterval(grow, 100);
  t.after(() => clearInterval(growing));
  const port = await scene.open(page);
  const browser = await Browser.open(t, `http://127.0.0.1:${port}/`);
  const flowing = async () => /↑ (\d{3} kB|1\.\d MB)\/s/.test(await browser.text());
  await until('bytes flow', flowing);
  // every text that the rate ever had
  await browser.evaluate(`globalThis.told = []; new MutationObserver(() => told.push(document.getElementById('total').innerText))
    .observe(document.getElementById('total'), { characterData: true, childList: true, subtree: true }), 0`);
  sent = 0;
  await until('the fall was seen', async () => String(await browser.evaluate('told.join()')).includes('↑ 0 B/s'));
  await until('bytes flow again', flowing);

  await scene.close();
  await until('it says so', async () => /No answer from the sidecar since \d/.test(await browser.text()));
  assert.equal(await browser.evaluate('document.title'), 'no answer · netprobe');
  assert.ok((await browser.text()).includes('eth0'), 'what it last said is still there');
  sent += 1e15;
  await scene.open(page, port);
  await until('it is back', async () => !/No answer/.test(await browser.text()));
  await until('bytes flow once more', flowing);
  assert.doesNotMatch(String(await browser.evaluate('told.join()')), /-|[GTP]B|NaN/, 'what grew meanwhile is no rate');
  assert.deepEqual(
    browser.complaints.filter((complaint) => !complaint.includes('ERR_CONNECTION_REFUSED')),
    [],
  );
});
