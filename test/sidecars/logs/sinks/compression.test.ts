import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { Bulk } from '#harness/bulk.ts';
import { Loki } from '#harness/loki.ts';
import { runSidecar } from '#harness/process.ts';
import { type Protocol, Receiver } from '#harness/receiver.ts';
import { compressionOf } from '../../../../sidecars/logs/sinks/compression.ts';
import { deadLettersOf, linesOf, place } from './suite.ts';

describe('compression', () => {
  const cases: readonly (readonly [string, Protocol | undefined, 'gzip' | 'zstd'])[] = [
    ['http', undefined, 'gzip'],
    ['http', undefined, 'zstd'],
    ['loki', new Loki(), 'gzip'],
    ['elasticsearch', new Bulk(), 'gzip'],
  ];
  for (const [what, protocol, coding] of cases) {
    test(`${what} with ${coding}: everything arrives, said to be compressed`, async (t) => {
      const receiver = await Receiver.start(t, protocol && { protocol });
      const { settings } = place(t, 5000);
      const env = { ...settings, LOGS_TO: receiver.url, LOGS_COMPRESS: coding, LOGS_IN_FLIGHT: '1' };
      assert.equal((await runSidecar(t, 'logs', env, ['--once'])).code, 0);
      assert.deepEqual(receiver.messages, linesOf(5000));
      for (const { headers } of receiver.batches) assert.equal(headers['content-encoding'], coding);
    });
  }

  test('what is refused of a compressed batch is found', async (t) => {
    const receiver = await Receiver.start(t);
    receiver.behave = (_, batch) => (batch?.records.some(({ message }) => message === 'line 50') ? 400 : 200);
    const { settings } = place(t, 100);
    const env = { ...settings, LOGS_TO: receiver.url, LOGS_COMPRESS: 'gzip' };
    assert.equal((await runSidecar(t, 'logs', env, ['--once'])).code, 0);
    assert.equal(receiver.messages.length, 99);
    assert.equal(deadLettersOf(settings).length, 1);
  });

  test('zstd has a window of 128 KiB, which every receiver takes', async () => {
    const { compress } = await compressionOf('zstd');
    const body = Buffer.alloc(2 ** 21, 'a line that is not like the others\n');
    const compressed = await compress(body);
    assert.ok(zstdDecompressSync(compressed).equals(body));
    // RFC 8878, section 3.1.1.1: no single segment, then the window descriptor, an exponent above 10
    const descriptor = compressed[4] as number;
    assert.equal(descriptor & 0x20, 0);
    assert.equal(2 ** (10 + ((compressed[5] as number) >> 3)), 128 * 1024);
  });

  test('bodies stay as they are where nothing is said', async (t) => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers['content-encoding']);
      request.resume().on('end', () => response.end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const { settings } = place(t, 1);
    const env = { ...settings, LOGS_TO: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
    assert.equal((await runSidecar(t, 'logs', env, ['--once'])).code, 0);
    assert.deepEqual(seen, [undefined]);
  });
});
