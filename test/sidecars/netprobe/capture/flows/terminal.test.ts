// The table of conversations in a terminal, which script(1) of util-linux gives it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { NetworkNamespace, said } from '#harness/namespace.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';

const main = fileURLToPath(new URL('../../../../../sidecars/netprobe/main.ts', import.meta.url));

test('it draws, sorts by what is pressed, and q ends it and leaves the last table', needs('linux', 'root'), async (t) => {
  const namespace = new NetworkNamespace(t);
  const program = new URL('./programs/send.ts', import.meta.url);
  const port = await said(namespace.program(program, 'listen', '127.0.0.1'), 'listening ');
  const command = `${process.execPath} ${main} capture --flows --every 200ms -i lo tcp`;
  // at other levels nothing of the log stands in the table
  const terminal = { TERM: 'xterm', LINES: '24', COLUMNS: '80', NETPROBE_ADMIN: 'off', SIDEKICK_LOG_LEVEL: 'debug' };
  const flows = namespace.start('script', ['-qec', command, '/dev/null'], terminal);
  await until('it captures', () => flows.stdout.includes('capturing at'));
  namespace.program(program, 'connect', '127.0.0.1', port, '100000');
  const row = new RegExp(`tcp 127\\.0\\.0\\.1:\\d+ > 127\\.0\\.0\\.1:${port} `);
  await until('it draws', () => flows.stdout.includes('\u001b[?1049h') && row.test(flows.stdout));
  assert.ok(flows.stdout.includes('\u001b[Hsort by b bytes, p packets, r RTT, t retransmits; q quits'));
  flows.child.stdin?.write('t');
  await until('it is sorted anew', () => /conversation .* retr\* /.test(flows.stdout));
  flows.child.stdin?.write('q');
  const { code, stdout } = await flows.ended;
  assert.equal(code, 0, stdout);
  const after = stdout.slice(stdout.lastIndexOf('\u001b[?1049l'));
  assert.match(after, /^.*1 conversation {2}\d/m);
  assert.match(after, row);
});
