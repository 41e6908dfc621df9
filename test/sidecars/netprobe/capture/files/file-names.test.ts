import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exit } from '#shared/exit.ts';
import { FileNames } from '../../../../../sidecars/netprobe/capture/files/file-names.ts';

const time = Date.UTC(2026, 2, 4, 5, 6, 7, 890);
const names = (path: string, { zstd = false, numbered = true } = {}) => new FileNames({ path, zstd, numbered });

for (const [path, options, expected] of [
  ['/c/web.pcapng', {}, '/c/web-000042.pcapng'],
  ['/c/web.pcapng', { numbered: false }, '/c/web.pcapng'],
  ['/c/web.pcapng', { zstd: true }, '/c/web-000042.pcapng.zst'],
  ['/c/web.pcapng.zst', { zstd: true }, '/c/web-000042.pcapng.zst'],
  ['/c/web.pcapng.zst', { zstd: true, numbered: false }, '/c/web.pcapng.zst'],
  ['web', {}, 'web-000042'],
  ['/c/web.2.pcapng', {}, '/c/web.2-000042.pcapng'],
  ['/c/.web', {}, '/c/.web-000042'],
  ['/c/%H.%M.%S', {}, '/c/05.06.07-000042'],
  ['/c/%F_%H%M%S.pcapng', { numbered: false }, '/c/2026-03-04_050607.pcapng'],
  ['/c/%Y%m%dT%H%M%S%z-%j-%s-100%%.pcapng', {}, '/c/20260304T050607+0000-063-1772600767-100%-000042.pcapng'],
  ['/50%%/web.pcapng', {}, '/50%/web-000042.pcapng'],
] as const)
  test(`${path} ${JSON.stringify(options)} is ${expected}`, () => assert.equal(names(path, options).path(time, 42), expected));

test('a number of more than six digits', () => {
  const web = names('/c/web.pcapng');
  assert.equal(web.path(time, 1_234_567), '/c/web-1234567.pcapng');
  assert.equal(web.number('web-1234567.pcapng'), 1_234_567);
});

test('the names that it makes are its own at all times, compressed or not', () => {
  for (const path of ['/c/web.pcapng', '/c/a+b (%Y-%j) [%s]%z%%.$x', '/c/%F', '/c/%H.%M.%S'])
    for (const zstd of [false, true])
      for (const at of [0, time, Date.UTC(2099, 11, 31, 23, 59, 59)]) {
        const made = names(path, { zstd }).path(at, 7);
        assert.equal(names(path).number(made.slice('/c/'.length)), 7, made);
      }
});

for (const name of [
  'web.pcapng',
  'web-00001.pcapng',
  'web-000001.pcap',
  'web-000001.pcapng.gz',
  'xweb-000001.pcapng',
  'web-2-000001.pcapng',
  'web-000001xpcapng',
  'web-000001.pcapng.zst.part',
])
  test(`${name} is no file of web.pcapng`, () => assert.equal(names('/c/web.pcapng').number(name), undefined));

test('where files are not numbered none is known', () =>
  assert.equal(names('/c/web.pcapng', { numbered: false }).number('web.pcapng'), undefined));

for (const [path, words] of [
  ['/c/', /names a folder: add the name of a file/],
  ['', /names a folder/],
  ['/c/..', /names a folder/],
  ['/%Y/web.pcapng', /has a time in the name of a folder/],
  ['/c/web-%Q.pcapng', /holds %Q, which stands for nothing: known are %%, %Y, %m, .*; write %% for a percent sign/],
  ['/c/100%.pcapng', /holds %, which stands for nothing/],
  ['/c/100%', /holds %, which stands for nothing/],
  ['/c/web.pcapng.zst', /give --zstd too/],
] as const)
  test(`${path || 'an empty path'} is refused`, () =>
    assert.throws(
      () => names(path),
      (error) => error instanceof Exit && error.code === 64 && words.test(error.message),
    ));
