// A receiver that misbehaves in every way that there is, and a sidecar that is killed meanwhile: nothing is lost, whatever is spoken.
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Bulk } from '#harness/bulk.ts';
import { Loki } from '#harness/loki.ts';
import { startSidecar } from '#harness/process.ts';
import { type Behaviour, type Protocol, Receiver } from '#harness/receiver.ts';
import { until } from '#harness/until.ts';
import { deadLettersOf, linesOf, place } from './suite.ts';

const faults: readonly Behaviour[] = [503, 429, 408, 500, 401, 404, 302, 'reset', 'silence', 'taken, then reset'];
const protocols: Readonly<Record<string, () => Protocol | undefined>> = {
  http: () => undefined,
  loki: () => new Loki(),
  elasticsearch: () => {
    const bulk = new Bulk();
    let asked = 0;
    bulk.refuse = () => (++asked % 500 === 0 ? { status: 429, type: 'rejected', reason: 'queue full' } : undefined);
    return bulk;
  },
};

describe('a receiver that misbehaves', () => {
  for (const [name, protocolOf] of Object.entries(protocols))
    test(`${name}: everything arrives, and nothing is a dead letter`, async (t) => {
      const protocol = protocolOf();
      const receiver = await Receiver.start(t, protocol && { protocol });
      let requests = 0;
      receiver.behave = () => {
        requests += 1;
        return requests % 2 === 0 ? 200 : (faults[((requests - 1) / 2) % faults.length] ?? 200);
      };
      const { file, settings } = place(t, 0);
      const env = { ...settings, LOGS_TO: receiver.url, LOGS_BATCH_BYTES: '16Ki', LOGS_TIMEOUT: '500ms', LOGS_FLUSH: '20ms' };
      const lines = linesOf(6000);
      const write = (from: number, to: number) => appendFileSync(file, `${lines.slice(from, to).join('\n')}\n`);
      write(0, 3000);
      const first = startSidecar(t, 'logs', env);
      await until('some arrived', () => receiver.records.length > 500);
      await first.stop('SIGKILL');
      const second = startSidecar(t, 'logs', env);
      write(3000, 6000);
      await receiver.got(6000);
      await until('every fault was met', () => requests > 2 * faults.length);
      assert.equal((await second.stop()).code, 0);
      assert.deepEqual(new Set(receiver.messages), new Set(lines));
      assert.deepEqual(deadLettersOf(settings), []);
    });
});
