import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { NetworkNamespace } from '#harness/namespace.ts';
import { needs } from '#harness/needs.ts';
import type { Privacy } from '../../../../../sidecars/netprobe/capture/privacy.ts';
import { readPcapng } from './pcapng-file.ts';
import { RunningCapture } from './running-capture.ts';

const talk = new URL('programs/talk.ts', import.meta.url);
const options = needs('linux', 'root');
const secret = 'top secret';

async function captured(t: TestContext, privacy: Privacy) {
  const namespace = new NetworkNamespace(t, { ipv6: false });
  const file = join(temporaryFolder(t), 'private.pcapng');
  const capture = await new RunningCapture(namespace, { privacy }, file).started();
  await namespace.program(talk, 'tcp', '100000', secret).ended;
  await namespace.program(talk, 'udp', '127.0.0.1', '20', '33').ended;
  const { statistics } = await capture.end('SIGTERM');
  const { packets } = readPcapng(file);
  assert.equal(packets.length, statistics.received);
  return packets;
}

/** Where the payload begins: behind Ethernet, IPv4 without options, and TCP, UDP or ICMP with the headers that it is about. */
function payloadOf(frame: Buffer): number {
  if (frame[23] === 6) return 34 + (frame.readUInt8(46) >> 4) * 4;
  return frame[23] === 17 ? 42 : 14 + 20 + 8 + 20 + 8;
}

test('masked packets are as long as they were, and have zeros where their payload was', options, async (t) => {
  const packets = await captured(t, 'mask');
  assert.ok(packets.some(({ bytes }) => bytes.length > 20_000));
  for (const { bytes, length } of packets) {
    assert.equal(bytes.length, length);
    assert.ok(bytes.subarray(payloadOf(bytes)).every((byte) => byte === 0));
    assert.ok(!bytes.subarray(14, payloadOf(bytes)).every((byte) => byte === 0));
  }
});

test('of headers alone nothing behind them is in the file, not even between two packets', options, async (t) => {
  const packets = await captured(t, 'headers');
  assert.ok(packets.some(({ length }) => length > 20_000));
  // what fills up to a multiple of four is looked at when the file is read
  for (const { bytes } of packets) assert.equal(bytes.length, payloadOf(bytes));
});

test('without a wish for privacy the payload is there', options, async (t) => {
  const packets = await captured(t, 'all');
  assert.ok(packets.some(({ bytes }) => bytes.includes(secret)));
});
