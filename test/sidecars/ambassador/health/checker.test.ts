import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd } from '#harness/at-end.ts';
import { needs } from '#harness/needs.ts';
import { silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { Checker, type CheckPlan } from '../../../../sidecars/ambassador/health/checker.ts';
import { probeOf } from '../../../../sidecars/ambassador/health/probes/probe.ts';
import { endpoint, route } from './probing.ts';

/** A plan by the options of a route. */
function plan(options: string): CheckPlan {
  const { options: typed } = route(`1=127.0.0.1:2?${options}`);
  const probe = probeOf(typed.check, typed, typed.checkTimeout, undefined);
  if (probe === undefined) throw new Error(`${options} has no check`);
  return { probe, interval: typed.checkInterval, rise: typed.rise, fall: typed.fall };
}

/** A checker of a server that can be closed and opened, and what it said: `+` and `-`, `U` and `d` where the state changed with it. */
async function scene(t: TestContext, options: string) {
  const server = await TcpServer.listen(t, silent);
  let results = '';
  const make = () => {
    const checker = new Checker(endpoint(server.address), plan(options), (success, isNews) => {
      results += isNews ? { up: 'U', down: 'd', unknown: '?' }[checker.state] : success ? '+' : '-';
    });
    atEnd(t, () => checker.close());
    return checker;
  };
  return { server, make, results: () => results };
}

test('it rises and falls', async (t) => {
  const { server, make, results } = await scene(t, 'check=tcp&check-interval=10ms&rise=2&fall=3');
  const checker = make();
  assert.equal(checker.state, 'unknown');
  await until('it is up', () => checker.state === 'up');
  await server.close();
  await until('it is down', () => checker.state === 'down');
  assert.equal(checker.reason, 'the connection is refused (ECONNREFUSED)');
  await server.open();
  await until('it is up again', () => checker.state === 'up');
  assert.equal(checker.reason, '');
  assert.match(results(), /^U\+*--d-*\+U\+*$/);
});

test('it goes on otherwise after an update, and knows what it knew', async (t) => {
  const { server, make, results } = await scene(t, 'check=tcp&check-interval=10ms');
  const checker = make();
  await until('it is up', () => checker.state === 'up');
  checker.update(plan('check=http:/&check-timeout=20ms&check-interval=10ms&fall=2'));
  assert.equal(checker.state, 'up');
  await until('it is down', () => checker.state === 'down');
  assert.match(results(), /^U\+*-d$/);
  assert.equal(checker.reason, 'no answer within 20 ms');
  checker.update(plan('check=tcp&check-interval=10ms&rise=1'));
  await until('it is up', () => checker.state === 'up');
  assert.ok(server.peers.length > 4);
});

test('once it is closed it says nothing, also of a check that is under way', async (t) => {
  const { server, make, results } = await scene(t, 'check=http:/&check-timeout=60s');
  const checker = make();
  const peer = await server.peer();
  checker.close();
  assert.notEqual(await peer.ending, undefined);
  assert.equal(results(), '');
  assert.equal(checker.state, 'unknown');
});

test('a check for which there is no descriptor says nothing of the backend', needs('linux'), async (t) => {
  const server = await TcpServer.listen(t, silent);
  const program = fileURLToPath(new URL('./programs/checking.ts', import.meta.url));
  const limited = ['-c', 'ulimit -n 64; exec "$@"', 'sh', process.execPath, program, server.address];
  const child = spawn('sh', limited, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  atEnd(t, () => child.kill('SIGKILL'));
  const told: string[] = [];
  child.on('message', (message: string) => void told.push(message));
  await until('it is up', () => told.includes('up'));
  child.send('exhaust');
  const lacking = 'this process has no file descriptor left (EMFILE)';
  await until('some checks find none', () => told.filter((message) => message === lacking).length > 5);
  child.send('free');
  await until('checks get through again', () => told.lastIndexOf('up') > told.lastIndexOf(lacking));
  assert.ok(!told.includes('down'));
});
