import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { Exit } from '#shared/exit.ts';
import { choose } from '../../../../sidecars/netprobe/verbs/netstat.ts';
import { Namespace } from '../route/scene.ts';

const root = needs('linux', 'root');

test('counters are those of nstat(8), name by name, those that are 0 included', root, (t) => {
  const here = new Namespace(t);
  here.run('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1');
  here.ip('link', 'set', 'lo', 'up');
  here.send('127.0.0.1');
  for (let count = 0; count < 3; count += 1) here.run('bash', '-c', '(exec 3<>/dev/tcp/127.0.0.1/1) 2>/dev/null || true');
  const theirs = Object.fromEntries(
    here
      .run('env', 'NSTAT_HISTORY=/dev/null', 'nstat', '-asz')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(/\s+/))
      .map(([name = '', value]) => [name, Number(value)]),
  );
  const { code, stdout } = here.probe('netstat', '--zeros', '--json');
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), theirs);
  assert.ok(Object.keys(theirs).length > 200);
  assert.equal(theirs.UdpNoPorts, 1);
  assert.equal(theirs.TcpAttemptFails, 3);
  assert.equal(theirs.TcpOutRsts, 3);

  const shown = here.probe('netstat');
  assert.match(shown.stdout, /^TcpAttemptFails +3$/m);
  assert.doesNotMatch(shown.stdout, / 0$/m);
  assert.equal(here.probe('netstat', 'TcpAttemptFails').stdout, 'TcpAttemptFails  3\n');
  const strange = here.probe('netstat', 'TcpNothing');
  assert.equal(strange.code, 1);
  assert.match(strange.stderr, /no counter is called TcpNothing/);
});

const counters = new Map([
  ['Ip_Forwarding', 1],
  ['Ip_InReceives', 5],
  ['Tcp_RetransSegs', 0],
  ['Tcp_CurrEstab', 2],
  ['TcpExt_ListenDrops', 7],
  ['Ip6_InReceives', 0],
]);
const names = (words: string[], zeros = false) => choose(counters, { words, zeros }).map(([name]) => name);

test('without a name all counters that are not 0 are shown', () => {
  assert.deepEqual(names([]), ['IpInReceives', 'TcpExtListenDrops']);
  assert.deepEqual(names([], true), ['IpInReceives', 'TcpRetransSegs', 'TcpExtListenDrops', 'Ip6InReceives']);
});

test('a star stands for anything, and capitals do not matter', () => {
  assert.deepEqual(names(['tcp*']), ['TcpExtListenDrops']);
  assert.deepEqual(names(['Tcp*'], true), ['TcpRetransSegs', 'TcpExtListenDrops']);
  assert.deepEqual(names(['*InReceives'], true), ['IpInReceives', 'Ip6InReceives']);
  assert.deepEqual(names(['*']), names([]));
});

test('what is asked for by its whole name is shown, whatever it is', () => {
  assert.deepEqual(names(['TcpRetransSegs', 'TcpCurrEstab', 'IpForwarding']), ['IpForwarding', 'TcpRetransSegs', 'TcpCurrEstab']);
});

test('a name of nothing is told, and is no expression', () => {
  for (const words of [['TcpNo'], ['Tcp.*'], ['('], ['IpInReceive'], ['x*']]) assert.throws(() => names(words), Exit);
});
