import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { type Random, seeded } from '#harness/random.ts';
import { conntrackStat } from '../../../../sidecars/netprobe/proc/conntrack-stat.ts';
import { listedCounters, pairedCounters, sockstatCounters } from '../../../../sidecars/netprobe/proc/counters.ts';
import { interfaceCounters } from '../../../../sidecars/netprobe/proc/interfaces.ts';
import { pageSize } from '../../../../sidecars/netprobe/proc/page-size.ts';
import { SocketLine } from '../../../../sidecars/netprobe/proc/socket-line.ts';
import { TcpTable } from '../../../../sidecars/netprobe/proc/socket-tables.ts';
import { softnetCpus } from '../../../../sidecars/netprobe/proc/softnet.ts';
import { unixSockets } from '../../../../sidecars/netprobe/proc/unix-sockets.ts';
import { SocketRecord } from '../../../../sidecars/netprobe/sockets/record.ts';

const lines = [
  '  13: 0100007F:2BB8 0200007F:C001 01 00000010:00000020 02:00000064 00000002 65534        3 71156 1 00000000b00fc2eb 100 0 0 10 0',
  '   0: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:C000 06 00000000:00000000 03:00000C3E 00000000     0        0 0 3 0',
  '  10: B80D0120000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 9 1 0',
  ' 210: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1234 2 00000000a9ee56a3 17',
].map((line) => Buffer.from(line));

/** Changes some bytes, cuts it, or makes it of random ones. */
function spoiled({ below, pick }: Random, bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const kind = below(4);
  if (kind === 0) return changed.subarray(0, below(changed.length + 1));
  if (kind === 1) return Buffer.from(Array.from({ length: below(200) }, () => below(256)));
  for (let i = 0; i <= below(4); i += 1) changed[below(changed.length)] = pick([0x20, 0x3a, 0x30, 0x46, below(256)]);
  return changed;
}

test('any bytes are a socket or none, and never more than that', (t) => {
  const random = seeded(t);
  const [line, record] = [new SocketLine(), new SocketRecord()];
  let good = 0;
  for (let i = 0; i < 20_000; i += 1) {
    const bytes = spoiled(random, random.pick(lines));
    // what lies behind the end is a whole line, and must not be read
    const text = Buffer.concat([bytes, Buffer.from('\n'), random.pick(lines)]);
    const datagrams = random.below(2) === 0;
    if (!line.read(text, 0, bytes.length, record, datagrams)) continue;
    good += 1;
    assert.ok(record.state >= 1 && record.state <= 12);
    assert.ok(record.localPort < 65_536 && record.remotePort < 65_536);
    for (const value of [record.inode, record.uid, record.expires, record.drops, record.attempts]) assert.ok(value >= 0);
    const again = new SocketRecord();
    assert.ok(line.read(bytes, 0, bytes.length, again, datagrams), 'what follows makes no difference');
    assert.deepEqual(again, record);
  }
  assert.ok(good > 0 && good < 20_000, `${good}`);
});

test('a line that is cut anywhere is a socket of as much, or none', () => {
  const [line, record] = [new SocketLine(), new SocketRecord()];
  for (const bytes of lines) {
    const whole = bytes.toString().trim().split(/\s+/).slice(0, 10).join(' ').length;
    assert.ok(line.read(bytes, 0, bytes.length, record, false), bytes.toString());
    for (let end = 0; end < whole; end += 1) {
      if (!line.read(bytes, 0, end, record, false)) continue;
      assert.ok(bytes.subarray(0, end).toString().trim().split(/\s+/).length >= 10, bytes.subarray(0, end).toString());
    }
  }
});

test('a file of any bytes comes to its end', (t) => {
  const random = seeded(t);
  const path = join(temporaryFolder(t), 'tcp');
  const noise = (length: number) => Buffer.from(Array.from({ length }, () => random.below(256)));
  const whole = Buffer.concat(Array.from({ length: 1000 }, () => Buffer.concat([random.pick(lines), Buffer.from('\n')])));
  const files = [
    Buffer.alloc(0),
    Buffer.alloc(300_000, 'x'),
    Buffer.alloc(200_000, '\n'),
    Buffer.concat([Buffer.alloc(65_536, '0'), Buffer.from('\n'), whole]),
    noise(150_000),
    whole.subarray(0, random.below(whole.length)),
  ];
  for (const file of files) {
    writeFileSync(path, file);
    const table = new TcpTable([path]);
    let sockets = 0;
    let pieces = 1;
    const visit = () => {
      sockets += 1;
    };
    while (table.next(visit)) pieces += 1;
    assert.ok(pieces <= file.length / 32_768 + 3, `${pieces} pieces of ${file.length} bytes`);
    assert.ok(sockets <= 1000);
    assert.deepEqual(table.unread, []);
  }
});

test('no text breaks the other parsers', needs('linux'), (t) => {
  const random = seeded(t);
  const parsers: readonly (readonly [(text: string) => unknown, string])[] = [
    [pairedCounters, 'net/netstat'],
    [listedCounters, 'net/snmp6'],
    [sockstatCounters, 'net/sockstat'],
    [interfaceCounters, 'net/dev'],
    [softnetCpus, 'net/softnet_stat'],
    [unixSockets, 'net/unix'],
    [conntrackStat, 'net/softnet_stat'],
    [pageSize, 'auxv'],
  ];
  for (const [parse, path] of parsers) {
    const real = readFileSync(`/proc/self/${path}`).subarray(0, 8192);
    for (let i = 0; i < 200; i += 1) parse(spoiled(random, real).toString('latin1'));
  }
});
