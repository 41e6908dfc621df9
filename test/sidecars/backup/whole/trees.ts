import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, lutimesSync, mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { has } from '#harness/needs.ts';

/** Makes a tree with one of everything that a volume can hold and a user may make. */
export function makeMotley(folder: string): void {
  const path = (name: string) => join(folder, name);
  mkdirSync(path('empty'));
  mkdirSync(path('deep/er/still'), { recursive: true });
  writeFileSync(path('deep/er/still/file'), 'deep\n');
  writeFileSync(path('nothing'), '');
  writeFileSync(path('text'), 'a line\n'.repeat(1000));
  writeFileSync(path('random'), randomBytes(300_000));
  writeFileSync(path(`long ${'n'.repeat(200)}`), 'long\n');
  writeFileSync(path('grüße 👋'), 'utf-8\n');
  writeFileSync(Buffer.concat([Buffer.from(path('bytes ')), Buffer.from([0xff, 0xfe, 0x80])]), 'no utf-8\n');
  writeFileSync(path(' -rf new\nline'), 'strange\n');
  writeFileSync(path('twice'), 'linked\n');
  linkSync(path('twice'), path('deep/again'));
  symlinkSync('text', path('link'));
  symlinkSync('/nowhere/at all', path('dangling'));
  writeFileSync(path('holes'), 'begins');
  truncateSync(path('holes'), 5_000_000);
  writeFileSync(path('mode'), 'private\n');
  chmodSync(path('mode'), 0o4710);
  chmodSync(path('empty'), 0o1777);
  execFileSync('mkfifo', [path('fifo')]);
  if (has('acl')) execFileSync('setfacl', ['-m', 'u:1234:rwx,g:4321:r', path('text'), path('deep')]);
  if (has('acl')) execFileSync('setfacl', ['-d', '-m', 'u:1234:rx', path('deep')]);
  if (has('attr')) execFileSync('setfattr', ['-n', 'user.origin', '-v', 'a test', path('random'), path('empty')]);
  utimesSync(path('text'), 1_000_000_000.123456, 1_000_000_000.123456);
  lutimesSync(path('link'), 1_234_567_890.5, 1_234_567_890.5);
  utimesSync(path('empty'), 999_999_999.25, 999_999_999.25);
}

/** Writes files of random bytes, which no compression makes smaller. */
export function makeRandom(folder: string, count: number, bytes: number): void {
  mkdirSync(folder, { recursive: true });
  for (let index = 0; index < count; index += 1) writeFileSync(join(folder, `random-${index}`), randomBytes(bytes));
}
