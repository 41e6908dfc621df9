// Tools that people measure with, through the ambassador: none of them meets an error, and it counts what they did.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { freePort } from '#harness/free-port.ts';
import { startPostgres } from './postgres.ts';
import { onBothEngines, Running } from './running.ts';
import { runTool, startServer } from './tool.ts';

onBothEngines(
  'iperf3: one stream and eight, to the server, from it, and both ways',
  async (t, env) => {
    const [server, port] = [await freePort(), await freePort()];
    await startServer(t, 'Server listening', 'iperf3', '--server', '--port', server, '--forceflush');
    const ambassador = await Running.ready(t, [`${port}=127.0.0.1:${server}?connect-timeout=10s`], { env });
    const looked = await ambassador.sum('accepted_total');
    let [expected, up, down] = [looked, 0, 0];
    for (const streams of [1, 8])
      for (const way of [[], ['--reverse'], ['--bidir']]) {
        const wanted = ['--parallel', streams, '--bytes', '32M', ...way];
        const report = JSON.parse(await runTool(t, 'iperf3', '--client', '127.0.0.1', '--port', port, '--json', ...wanted));
        assert.equal(report.error, undefined);
        const { sum_received: first, sum_received_bidir_reverse: second } = report.end;
        up += way[0] === '--reverse' ? 0 : first.bytes;
        down += way[0] === '--reverse' ? first.bytes : (second?.bytes ?? 0);
        // and one to talk about the others
        expected += (way[0] === '--bidir' ? 2 : 1) * streams + 1;
      }
    assert.equal(await ambassador.untroubled(), expected);
    assert.ok(up > 0 && (await ambassador.sum('bytes_total', { direction: 'up' })) >= up);
    assert.ok(down > 0 && (await ambassador.sum('bytes_total', { direction: 'down' })) >= down);
  },
  'iperf3',
);

onBothEngines(
  'redis-benchmark: fifty clients on two servers, one request at a time, pipelined, and each on a connection of its own',
  async (t, env) => {
    const servers = [await freePort(), await freePort()];
    for (const server of servers) {
      const quiet = ['--bind', '127.0.0.1', '--save', '', '--dir', temporaryFolder(t)];
      await startServer(t, 'Ready to accept connections', 'redis-server', '--port', server, ...quiet);
    }
    const port = await freePort();
    const backends = servers.map((server) => `127.0.0.1:${server}`);
    const ambassador = await Running.ready(t, [`${port}=${backends}`], { env });
    for (const how of [
      ['-n', 5000, '-d', 1000],
      ['-n', 32_000, '-P', 16],
      ['-n', 500, '-k', 0],
    ]) {
      const said = await runTool(t, 'redis-benchmark', '-p', port, '-c', 50, '--csv', '-t', 'set,get', ...how);
      assert.match(said, /^"SET","\d/m);
      assert.match(said, /^"GET","\d/m);
      assert.doesNotMatch(said, /error/i);
    }
    const accepted = await ambassador.untroubled();
    // fifty for each of two commands in the first two runs, and one for each request of the third
    assert.ok(accepted >= 2 * 2 * 50 + 2 * 500, String(accepted));
    assert.equal(await ambassador.sum('ended_total'), 0);
    for (const backend of backends) {
      const share = (await ambassador.sum('connections_total', { backend })) / accepted;
      assert.ok(share > 0.3, `${backend} got ${share} of the connections`);
    }
  },
  'redis',
);

onBothEngines(
  'wrk: every answer arrives',
  async (t, env) => {
    let asked = 0;
    const body = Buffer.alloc(2000, 'an answer ');
    const server = createServer((_, response) => {
      asked += 1;
      response.end(body);
    });
    server.listen({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    atEnd(t, () => {
      server.close();
      server.closeAllConnections();
    });
    const port = await freePort();
    const ambassador = await Running.ready(t, [`${port}=127.0.0.1:${(server.address() as AddressInfo).port}`], { env });
    const said = await runTool(t, 'wrk', '--threads', 1, '--connections', 32, '--duration', '1s', `http://127.0.0.1:${port}/`);
    assert.doesNotMatch(said, /Socket errors|Non-2xx/);
    const [, answered] = /(\d+) requests in/.exec(said) ?? [];
    assert.ok(Number(answered) > 0 && Number(answered) <= asked, said);
    assert.ok((await ambassador.untroubled()) >= 32);
    assert.ok((await ambassador.sum('bytes_total', { direction: 'down' })) >= Number(answered) * body.length);
    // when its time is over it leaves, whatever is on its way to it
    for (const reason of ['reset_by_backend', 'idle', 'lifetime'])
      assert.equal(await ambassador.sum('ended_total', { reason }), 0);
  },
  'wrk',
);

async function pgbench(t: TestContext, port: number, ...args: readonly (string | number)[]): Promise<string> {
  return runTool(t, 'pgbench', '-h', '127.0.0.1', '-p', port, '-U', 'postgres', ...args, 'postgres');
}

onBothEngines(
  'pgbench: transactions on connections that stay, prepared, and each on one of its own',
  async (t, env) => {
    const server = await startPostgres(t);
    const port = await freePort();
    const ambassador = await Running.ready(t, [`${port}=127.0.0.1:${server.port}`], { env });
    await pgbench(t, port, '--initialize', '--quiet');
    for (const how of [[], ['--protocol=prepared'], ['--connect']]) {
      const said = await pgbench(t, port, '--client', 8, '--jobs', 2, '--transactions', 10, '--no-vacuum', ...how);
      assert.match(said, /number of transactions actually processed: 80\/80/);
      assert.match(said, /number of failed transactions: 0 /);
    }
    assert.ok((await ambassador.untroubled()) >= 80 + 2 * 8);
    assert.equal(await ambassador.sum('ended_total'), 0);
  },
  'postgres',
);
