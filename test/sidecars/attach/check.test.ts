import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { attach, compose, folderWith, main } from './command.ts';

const attached = attach([], { stdin: compose }).stdout;
const words = ['-f', 'compose.yaml', '-o', 'out.yaml'];

describe('--check', () => {
  test('says nothing where the file is what would be written, and exits 0', (t) => {
    const cwd = folderWith(t, { 'compose.yaml': compose, 'out.yaml': attached });
    const { status, stdout, stderr } = attach([...words, '--check'], { cwd });
    assert.deepEqual([status, stdout, stderr], [0, '', '']);
  });

  test('exits 1 with the first line that differs, and leaves the file alone', (t) => {
    const changed = attached.replace('read_only: true', 'read_only: false');
    const at = changed.split('\n').findIndex((line) => line.includes('read_only: false')) + 1;
    const cwd = folderWith(t, { 'compose.yaml': compose, 'out.yaml': changed });
    const { status, stdout, stderr } = attach([...words, '--check'], { cwd });
    assert.deepEqual([status, stdout], [1, '']);
    assert.equal(
      stderr,
      `sidekick/attach: out.yaml:${at}: is not what would be written: there is "    read_only: false", and would be "    read_only: true"\n`,
    );
    assert.equal(readFileSync(join(cwd, 'out.yaml'), 'utf8'), changed);
  });

  test('a file that is too short, too long, or not there differs too', (t) => {
    const cwd = folderWith(t, { 'compose.yaml': compose });
    const check = () => attach([...words, '--check'], { cwd });
    assert.match(check().stderr, /^sidekick\/attach: out\.yaml is not there, and would be written\n$/);
    assert.deepEqual([check().status, readdirSync(cwd)], [1, ['compose.yaml']]);
    writeFileSync(join(cwd, 'out.yaml'), attached.slice(0, -1));
    assert.match(check().stderr, /there is nothing, and would be ""\n$/);
    writeFileSync(join(cwd, 'out.yaml'), `${attached}more: 1\n`);
    assert.match(check().stderr, /there is "more: 1", and would be ""\n$/);
  });

  test('with --remove it compares with what was before', (t) => {
    const cwd = folderWith(t, { 'out.yaml': attached, 'compose.yaml': compose });
    const check = (file: string) => attach(['-f', 'out.yaml', '-o', file, '--remove', '--check'], { cwd }).status;
    assert.deepEqual([check('compose.yaml'), check('out.yaml')], [0, 1]);
  });
});

describe('-o', () => {
  test('onto the file that is read: attaching twice gives the same, and what is the same is left untouched', (t) => {
    const cwd = folderWith(t, { 'compose.yaml': compose });
    const path = join(cwd, 'compose.yaml');
    const onto = ['-f', 'compose.yaml', '-o', 'compose.yaml'];
    assert.equal(attach(onto, { cwd }).status, 0);
    assert.equal(readFileSync(path, 'utf8'), attached);
    const { ino } = statSync(path);
    assert.equal(attach(onto, { cwd }).status, 0);
    assert.deepEqual([readFileSync(path, 'utf8'), statSync(path).ino], [attached, ino]);
    assert.equal(attach([...onto, '--remove'], { cwd }).status, 0);
    assert.equal(readFileSync(path, 'utf8'), compose);
    assert.deepEqual(readdirSync(cwd), ['compose.yaml']);
  });

  test('a file keeps its mode, and a link leads where it led', needs('linux'), (t) => {
    const cwd = folderWith(t, { 'compose.yaml': compose });
    mkdirSync(join(cwd, 'real'));
    const real = join(cwd, 'real', 'kept.yaml');
    writeFileSync(real, 'old\n');
    chmodSync(real, 0o640);
    symlinkSync('real/kept.yaml', join(cwd, 'out.yaml'));
    assert.equal(attach(words, { cwd }).status, 0);
    assert.ok(lstatSync(join(cwd, 'out.yaml')).isSymbolicLink());
    assert.deepEqual([readFileSync(real, 'utf8'), statSync(real).mode & 0o7777], [attached, 0o640]);
  });

  test('what is no file is written to: /dev/stdout', needs('linux'), (t) => {
    const cwd = folderWith(t, { 'compose.yaml': compose });
    // a pipe of the shell: those of Node are sockets, which cannot be opened by a path
    const run = spawnSync('sh', ['-c', '"$0" "$1" -f compose.yaml -o /dev/stdout | cat', process.execPath, main], {
      cwd,
      encoding: 'utf8',
    });
    assert.equal(run.stdout, attached, run.stderr);
  });

  test('where the file read is wrong, the one that is there stays', (t) => {
    const cwd = folderWith(t, { 'compose.yaml': compose, 'out.yaml': attached });
    appendFileSync(join(cwd, 'compose.yaml'), '  a: [\n');
    assert.equal(attach(words, { cwd }).status, 64);
    assert.equal(readFileSync(join(cwd, 'out.yaml'), 'utf8'), attached);
  });
});
