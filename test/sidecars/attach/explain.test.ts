import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { needs } from '#harness/needs.ts';
import type { Change } from '../../../sidecars/attach/attached.ts';
import { explanation } from '../../../sidecars/attach/explain/explanation.ts';
import { attach, compose, folderWith, main } from './command.ts';

const changes: readonly Change[] = [
  { owner: 'web', what: 'extra_hosts: redis', why: 'it goes on calling redis' },
  {
    owner: 'web-logs',
    what: 'image: sidekick/logs:1',
    why: 'it ships the log files of web, wherever they are, and whatever they hold',
  },
  { owner: 'web-logs', what: 'read_only', why: 'it needs no more' },
];

describe('an explanation', () => {
  test('has a block for each owner, what is added and why beside each other', () => {
    assert.equal(
      explanation(changes),
      `web
  extra_hosts: redis  it goes on calling redis

web-logs
  image: sidekick/logs:1  it ships the log files of web, wherever they are, and whatever they hold
  read_only               it needs no more
`,
    );
    assert.equal(explanation([]), '');
  });

  test('breaks reasons where the terminal ends', () => {
    assert.equal(
      explanation(changes.slice(1), 60),
      `web-logs
  image: sidekick/logs:1  it ships the log files of web,
                          wherever they are, and whatever
                          they hold
  read_only               it needs no more
`,
    );
  });

  test('puts them below each other where there is no room beside', () => {
    assert.equal(
      explanation(changes.slice(1), 40),
      `web-logs
  image: sidekick/logs:1
      it ships the log files of web,
      wherever they are, and whatever
      they hold
  read_only
      it needs no more
`,
    );
  });

  test('no line is wider than the terminal, whatever its width', () => {
    for (let width = 30; width <= 120; width += 1)
      for (const line of explanation(changes, width).split('\n')) assert.ok(line.length <= width, `${width}: ${line}`);
  });

  test('what would move the cursor is not printed', () => {
    assert.equal(explanation([{ owner: 'a\u001b[2J', what: 'b\u0007', why: 'c\r' }]), 'a?[2J\n  b?  c?\n');
  });
});

describe('attach explain', () => {
  test('tells of every service that is added, and writes nothing else', () => {
    const { status, stdout, stderr } = attach(['explain'], { stdin: compose });
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^web-logs\n(?: {2}.+ {2}.+\n)+\nweb-netprobe\n(?: {2}.+ {2}.+\n)+$/);
    assert.match(stdout, /^ {2}network_mode: service:web {2,}\S/m);
  });

  test('--json has the same for programs', () => {
    const told: Change[] = JSON.parse(attach(['explain', '--json'], { stdin: compose }).stdout);
    assert.deepEqual([...new Set(told.map(({ owner }) => owner))], ['web-logs', 'web-netprobe']);
    for (const { what, why } of told) assert.ok(what.length > 0 && why.length > 0);
    assert.equal(explanation(told), attach(['explain'], { stdin: compose }).stdout);
  });

  test('keeps to the width of the terminal', needs('linux'), (t) => {
    const cwd = folderWith(t, { 'compose.yaml': compose });
    const command = `stty cols 70; ${process.execPath} ${main} explain`;
    const { stdout } = spawnSync('script', ['--quiet', '--return', '--command', command, '/dev/null'], { cwd, encoding: 'utf8' });
    const lines = stdout.split('\r\n');
    assert.equal(lines[0], 'web-logs');
    // a change whose name is longer stands alone
    for (const line of lines) assert.ok(line.length <= 70, line);
  });

  test('of a file that asks for nothing says so', () => {
    const { status, stdout, stderr } = attach(['explain'], { stdin: 'services: { web: { image: nginx } }\n' });
    assert.deepEqual([status, stdout], [0, '']);
    assert.match(stderr, /asks for no sidecar/);
  });
});
