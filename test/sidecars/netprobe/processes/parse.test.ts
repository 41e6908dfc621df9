import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { seeded } from '#harness/random.ts';
import { plain, table } from '#shared/tables/table.ts';
import { parseOpenFilesLimit } from '../../../../sidecars/netprobe/processes/limits.ts';
import { parseProcMount } from '../../../../sidecars/netprobe/processes/mount.ts';
import { openFile, socketInode } from '../../../../sidecars/netprobe/processes/open-files.ts';
import { isAlone } from '../../../../sidecars/netprobe/processes/shared.ts';
import { parseStat } from '../../../../sidecars/netprobe/processes/stat.ts';
import { parseStatus } from '../../../../sidecars/netprobe/processes/status.ts';
import { age } from '../../../../sidecars/netprobe/verbs/ps.ts';

test('our own files of /proc are read as what they are', needs('linux'), () => {
  const stat = parseStat(readFileSync('/proc/self/stat', 'utf8'));
  assert.equal(stat?.pid, process.pid);
  assert.equal(stat?.parent, process.ppid);
  assert.ok(stat.threads >= 4 && stat.started > 0);
  const status = parseStatus(readFileSync('/proc/self/status', 'utf8'));
  assert.equal(status.uid, process.geteuid?.());
  assert.equal(status.gid, process.getegid?.());
  assert.equal(status.oneUser, true);
  const resident = process.memoryUsage.rss();
  assert.ok(Math.abs(status.resident - resident) < resident / 2, `${status.resident} and ${resident}`);
});

const rest = 'S 1 7 7 0 -1 4194560 100 0 0 0 5 6 0 0 20 0 3 0 98765 1000 200 18446744073709551615';

test('a name may hold whatever it likes', () => {
  for (const name of ['sh', 'a b', ') S 1 2 (', '))((', '', 'x) R 9 9 9'])
    assert.deepEqual(parseStat(`42 (${name}) ${rest}`), {
      pid: 42,
      name,
      state: 'sleeping',
      parent: 1,
      threads: 3,
      started: 98765,
    });
});

test('what is no stat file is none', () => {
  for (const text of ['', '42', '42 (sh)', '42 (sh) S', 'x (sh) S 1', `0 (sh) ${rest}`, '42 sh) S 1', `42 )sh( ${rest}`])
    assert.equal(parseStat(text), undefined, text);
});

test('whatever a file holds, reading it comes to an end', (t) => {
  const random = seeded(t);
  const pieces = [
    'Uid:',
    'Gid:',
    '\t',
    ' ',
    '\n',
    '1',
    '-1',
    '(',
    ')',
    'VmRSS:',
    'kB',
    'CapEff:',
    'zz',
    'ff',
    '\0',
    '/',
    'flags:',
    ' - ',
    'proc',
    'hidepid=',
  ];
  for (let round = 0; round < 5000; round += 1) {
    const text = Array.from({ length: random.below(40) }, () => random.pick(pieces)).join('');
    parseStat(text);
    const status = parseStatus(text);
    assert.ok([status.uid, status.gid, status.resident].every(Number.isFinite));
    parseOpenFilesLimit(text);
    parseProcMount(text);
    openFile(1, text, text);
  }
});

test('users that differ are told from one', () => {
  const { uid, gid, groups, oneUser, permitted, effective } = parseStatus(
    'Name:\tsu\nUid:\t1000\t0\t0\t0\nGid:\t5\t6\t6\t6\nGroups:\t4 27 \nCapPrm:\t00000000a80425fb\nCapEff:\t0000000000000000\n',
  );
  assert.deepEqual([uid, gid, groups, oneUser, permitted, effective], [0, 6, [6, 4, 27], false, 0xa80425fbn, 0n]);
});

test('the limit of open files is the soft one', () => {
  const text = (limit: string) => `Limit  Soft  Hard  Units\nMax open files            ${limit}  4096  files\n`;
  assert.equal(parseOpenFilesLimit(text('1024')), 1024);
  assert.equal(parseOpenFilesLimit(text('unlimited')), Infinity);
  assert.equal(parseOpenFilesLimit(''), Infinity);
});

test('how /proc is mounted is read of the topmost mount', () => {
  const line = (options: string, path = '/proc') => `40 30 0:40 / ${path} rw,nosuid shared:1 - proc proc ${options}\n`;
  const hides = (text: string) => parseProcMount(text).hidesProcesses;
  assert.deepEqual(parseProcMount(line('rw')), { hidesProcesses: false, exemptGroup: undefined, onlyProcesses: false });
  for (const on of ['hidepid=1', 'hidepid=2', 'hidepid=invisible', 'hidepid=ptraceable', 'rw,hidepid=noaccess'])
    assert.ok(hides(line(on)), on);
  for (const off of ['hidepid=0', 'hidepid=off', 'rw,gid=5']) assert.ok(!hides(line(off)), off);
  const exempt = (options: string) => parseProcMount(line(options)).exemptGroup;
  assert.deepEqual(['hidepid=2', 'hidepid=invisible,gid=27', 'hidepid=4', 'gid=27,hidepid=ptraceable', 'gid=27'].map(exempt), [
    0,
    27,
    undefined,
    undefined,
    undefined,
  ]);
  assert.equal(parseProcMount(line('rw,subset=pid')).onlyProcesses, true);
  assert.ok(!hides(line('hidepid=2') + line('rw')));
  assert.ok(!hides(line('hidepid=2', '/elsewhere/proc')));
  assert.ok(!hides('40 30 0:40 / /proc rw - tmpfs proc hidepid=2\n'));
});

test('descriptors are told by what they lead to', () => {
  const flags = (octal: string) => `pos:\t0\nflags:\t${octal}\nmnt_id:\t1\n`;
  const kind = (target: string, fdinfo = '') => openFile(3, target, fdinfo).kind;
  assert.deepEqual(openFile(3, '/var/log/x', flags('0102002')), {
    fd: 3,
    kind: 'file',
    access: 'rw',
    target: '/var/log/x',
    socket: 0,
  });
  assert.equal(openFile(3, '/x', flags('0100001')).access, 'w');
  assert.equal(openFile(3, '/x', flags('0100000')).access, 'r');
  assert.equal(openFile(3, '/x', '').access, '');
  assert.equal(kind('/srv', flags(process.arch === 'arm64' ? '0140000' : '0300000')), 'folder');
  assert.equal(kind('/dev/null'), 'device');
  assert.equal(kind('pipe:[12]'), 'pipe');
  assert.equal(kind('anon_inode:[eventpoll]'), 'kernel');
  assert.equal(kind('/memfd:x (deleted)'), 'memory');
  assert.equal(kind('/tmp/x (deleted)'), 'deleted');
  assert.deepEqual([socketInode('socket:[77]'), socketInode('socket:['), socketInode('/socket:[77]')], [77, 0, 0]);
  assert.equal(openFile(3, 'socket:[77]', '').socket, 77);
});

test('who is alone sees nobody but the own family', () => {
  const of = (...pairs: readonly (readonly [number, number])[]) => pairs.map(([pid, parent]) => ({ pid, parent }));
  assert.ok(isAlone(of([1, 0]), 1));
  assert.ok(isAlone(of([1, 0], [9, 1], [12, 9]), 1));
  // with docker run --init
  assert.ok(isAlone(of([1, 0], [7, 1]), 7));
  assert.ok(!isAlone(of([1, 0], [7, 0]), 7));
  assert.ok(!isAlone(of([1, 0], [6, 1], [7, 1]), 7));
  assert.ok(!isAlone(of([1, 0], [7, 0], [8, 7]), 7));
  // hidepid hides the others
  assert.ok(isAlone(of([7, 0]), 7));
  // what cannot be is no reason to go round for ever
  assert.ok(!isAlone(of([2, 3], [3, 2], [7, 0]), 7));
});

test('ages are short', () =>
  assert.deepEqual([0, 59.9, 60, 3599, 3600, 86_399, 86_400, 1e7].map(age), [
    '0s',
    '59s',
    '1m0s',
    '59m59s',
    '1h0m',
    '23h59m',
    '1d0h',
    '115d17h',
  ]));

test('a table is as wide as its cells, and has no blanks at the end', () => {
  assert.equal(
    table(
      [
        ['A', 'LONG', 'C'],
        ['1', '22', ''],
        ['', '333', 'x', 'more'],
      ],
      { right: [1] },
    ),
    'A  LONG  C\n1    22\n    333  x  more\n',
  );
  assert.equal(
    table([
      ['ü', 'x'],
      ['😀', 'y'],
    ]),
    'ü  x\n😀  y\n',
  );
  assert.equal(table([]), '');
});

test('what somebody else wrote moves no cursor', () => {
  assert.equal(plain('a\u001b[31mred\n\u0007\u009b\u202eb é ✓'), 'a?[31mred????b é ✓');
});
