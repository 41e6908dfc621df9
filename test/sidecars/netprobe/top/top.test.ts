// The verb itself: tables where it is no terminal, a screen of its own where it is one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { Probed } from '../whole/probed.ts';

const here = needs('linux', 'root');
const main = fileURLToPath(new URL('../../../../sidecars/netprobe/main.ts', import.meta.url));

test('what went on is told, as often as asked, and short connections too', here, async (t) => {
  const namespace = new Probed(t);
  const { port } = await namespace.serve('0.0.0.0', 'client');
  const top = namespace.sidecar('netprobe', {}, ['top', '--json', '--count', '12', '--every', '1s']);
  await until('it has looked', () => top.stdout.includes('\n'));
  await namespace.ask('127.0.0.1', port, 300, 'client');
  const { code, stdout, stderr } = await top.ended;
  assert.equal(code, 0, stderr);
  const snapshots = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(snapshots.length, 12);
  const opened = snapshots.flatMap(({ seconds, peers }) =>
    peers
      .filter((peer: { direction: string; port: number }) => peer.direction === 'in' && peer.port === port)
      .map((peer: { opened: number }) => peer.opened * seconds),
  );
  assert.equal(Math.round(opened.reduce((sum: number, value: number) => sum + value, 0)), 300);
});

test('in a terminal it draws, sorts by what is pressed, and q gives the screen back', needs('linux', 'root'), async (t) => {
  const namespace = new Probed(t);
  await namespace.serve('0.0.0.0', 'client');
  // script(1), of util-linux as unshare(1) is, gives it a terminal
  const top = namespace.start('script', ['-qec', `${process.execPath} ${main} top --every 200ms`, '/dev/null'], {
    TERM: 'xterm',
    LINES: '24',
    COLUMNS: '80',
  });
  await until('it draws', () => top.stdout.includes('\u001b[?1049h') && /peer .*out\/s\*/.test(top.stdout));
  top.child.stdin?.write('c');
  await until('it is sorted anew', () => /peer .*conns\*/.test(top.stdout));
  top.child.stdin?.write('q');
  const { code, stdout } = await top.ended;
  assert.equal(code, 0);
  assert.ok(stdout.includes('\u001b[?25h\u001b[?1049l'));
  assert.match(stdout, /0\.0\.0\.0:\d+ +0\/\d+/);
});

test('SIGTERM ends it well', here, async (t) => {
  const namespace = new Probed(t);
  const top = namespace.sidecar('netprobe', {}, ['top']);
  await until('it has looked', () => top.stdout.includes('\n'));
  const { code } = await top.stop();
  assert.equal(code, 0);
});
