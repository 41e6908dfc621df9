import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser } from '#harness/browser.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { type Cast, enter } from './cast.ts';
import { Stage } from './stage.ts';

test('the page shows all four sidecars, on a phone and in the dark too', needs('chromium'), async (t) => {
  const stage = new Stage();
  t.after(() => stage.clear());
  const cast = await enter(stage, { rate: 50, count: Number.POSITIVE_INFINITY, schedule: '@every 1s' });
  const browser = await Browser.open(t, cast.page);
  for (const pattern of [
    /written = shipped|all is well/i,
    /[1-9]\d* of [1-9]\d* open/,
    /read back/,
    /listens: \d+ of \d+ wait/,
    /\d+\.\d ms/,
  ])
    await until(`it says ${pattern}`, async () => pattern.test(await browser.text()));
  assert.equal(await links(browser, cast), 4);

  cast.stocks[0].kill();
  await until('an instance is shown as away', async () => /away 1 time/.test(await browser.text()));
  cast.sidecars.backup.kill();
  await until(
    'a sidecar is shown as away',
    async () => (await browser.evaluate(`document.querySelector('#backup-dot').className`)) === 'dot away',
  );

  const grounds = new Set<unknown>();
  for (const dark of [false, true]) {
    await browser.look({ width: 390, height: 844, dark });
    grounds.add(await browser.evaluate('getComputedStyle(document.body).backgroundColor'));
    const outside = `(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth ||
      [...document.querySelectorAll('section *')].some((one) => one.getBoundingClientRect().right > clientWidth))(document.documentElement)`;
    assert.equal(await browser.evaluate(outside), false, 'nothing sticks out');
  }
  assert.equal(grounds.size, 2);
  assert.deepEqual(browser.complaints, []);
});

/** How many of the sidecars' own pages are linked. */
async function links(browser: Browser, { sidecars }: Cast): Promise<unknown> {
  assert.ok(Object.values(sidecars).every((sidecar) => sidecar !== undefined));
  return await browser.evaluate(`document.querySelectorAll('h2 a[href^="http"]').length`);
}
