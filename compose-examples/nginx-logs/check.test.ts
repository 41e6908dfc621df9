import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ComposeProject } from '#harness/compose.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { askLoki, linesOf } from './asking.ts';
import { Requests } from './requests.ts';

const folder = new URL('.', import.meta.url);
const env = { WEB_PORT: '0', ADMIN_PORT: '0', LOKI_PORT: '0' };

/** The numbers of the requests whose lines are in Loki. */
async function numbers(loki: string): Promise<number[]> {
  const lines = linesOf(await askLoki(loki, '{app="web"} |~ `GET /.n=[0-9]+ `'));
  return lines.map((line) => Number(/\?n=(\d+)/.exec(line)?.[1])).sort((a, b) => a - b);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

test(
  'what nginx writes is in Loki once, through rotations and while Loki is away, without addresses',
  needs('docker'),
  async (t) => {
    const compose = await ComposeProject.up(t, { folder, files: ['compose.sidekick.yaml'], env });
    assert.deepEqual(await compose.changedFrom('compose.yaml'), {});
    const web = await compose.url('web', 8080);
    const rotate = () => compose.run('exec', '-T', 'web', 'rotate');
    let loki = await compose.url('loki', 3100);

    const requests = new Requests(t, web);
    for (let rotation = 0; rotation < 3; rotation += 1) {
      await requests.goesOn(100);
      await rotate();
    }
    await requests.goesOn(100);
    const before = await requests.end();
    await until('all are there', async () => (await numbers(loki)).length >= before);
    assert.deepEqual(await numbers(loki), upTo(before));
    const [, received] =
      /^loki_distributor_lines_received_total\{.*\} (\d+)$/m.exec(await (await fetch(`${loki}/metrics`)).text()) ?? [];
    assert.equal(Number(received), linesOf(await askLoki(loki, '{app="web"}')).length, 'nothing was sent twice');

    await fetch(`${web}/missing?mail=ada@example.org&name=Ada`);
    await fetch(`${web}/missing?mail=ada.lovelace%40example.org&name=Ada`);
    const missing = () => askLoki(loki, '{app="web", env="demo"} |= "/missing"');
    await until('both are in both logs', async () => linesOf(await missing()).length === 4);
    const files = (await missing()).map(({ stream: { host = '', ...labels } }) => labels);
    assert.deepEqual(
      files.sort((a, b) => a.file?.localeCompare(b.file ?? '') ?? 0),
      ['access', 'error'].map((name) => ({ app: 'web', env: 'demo', file: `/var/log/nginx/${name}.log` })),
    );
    for (const line of linesOf(await missing())) assert.match(line, /GET \/missing\?mail=\[redacted\]&name=Ada HTTP/);

    const admin = await compose.url('web-logs', 9801);
    await compose.run('stop', 'loki');
    const others = new Requests(t, web, before);
    await others.goesOn(100);
    await rotate();
    await others.goesOn(100);
    await until('the sidecar says so', async () => (await (await fetch(`${admin}/readyz`)).text()).includes('[~] sink degraded'));
    await compose.run('up', '--wait', '--no-recreate', 'loki');
    loki = await compose.url('loki', 3100);
    const all = await others.end();
    await until('all are there', async () => (await numbers(loki)).length >= all);
    assert.deepEqual(await numbers(loki), upTo(all));
    assert.doesNotMatch(linesOf(await askLoki(loki, '{app="web"}')).join('\n'), /example\.org/);

    await compose.run('stop', 'web', 'web-logs');
    assert.deepEqual(await compose.exitCodes('web', 'web-logs'), [0, 0]);
  },
);
