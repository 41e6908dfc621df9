// What the kernel tells of a socket is read where it lies; nothing that it could tell, and nothing else, makes that fail.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { received } from '#shared/linux/netlink/message.ts';
import { formatAddress, formatEndpoint } from '../../../../sidecars/netprobe/sockets/address.ts';
import { decodeInet } from '../../../../sidecars/netprobe/sockets/decode.ts';
import { inetMessageSize, tcpInfo } from '../../../../sidecars/netprobe/sockets/layout.ts';
import { SocketRecord } from '../../../../sidecars/netprobe/sockets/record.ts';
import { decodeUnix } from '../../../../sidecars/netprobe/sockets/unix.ts';
import { attribute, inetMessage, tcpInfoBytes } from './messages.ts';

function decoded(bytes: Uint8Array): SocketRecord | undefined {
  const buffer = new ArrayBuffer(((bytes.length + 3) & ~3) + 64);
  new Uint8Array(buffer).set(bytes);
  const record = new SocketRecord();
  return decodeInet(received(buffer), 0, bytes.length, record) ? record : undefined;
}

test('the message itself', () => {
  const record = decoded(
    inetMessage({
      family: 2,
      state: 1,
      local: '10.0.0.1',
      localPort: 80,
      remote: '10.0.0.2',
      remotePort: 40_001,
      cookie: 0x1_0000_0002n,
      queues: [5, 6],
      uid: 33,
      inode: 77,
    }),
  );
  assert.ok(record);
  assert.equal(formatEndpoint(record.family, record.local, record.localPort), '10.0.0.1:80');
  assert.equal(formatEndpoint(record.family, record.remote, record.remotePort), '10.0.0.2:40001');
  const { state, cookieLow, cookieHigh, receiveQueue, sendQueue, uid, inode, hasInfo } = record;
  assert.deepEqual(
    { state, cookieLow, cookieHigh, receiveQueue, sendQueue, uid, inode, hasInfo },
    { state: 1, cookieLow: 2, cookieHigh: 1, receiveQueue: 5, sendQueue: 6, uid: 33, inode: 77, hasInfo: false },
  );
});

test('a peer by IPv4 is the same one, whichever socket it came by', () => {
  const plain = decoded(
    inetMessage({ family: 2, state: 1, local: '10.0.0.1', localPort: 80, remote: '10.0.0.2', remotePort: 9 }),
  );
  const mapped = decoded(
    inetMessage({ family: 10, state: 1, local: '::ffff:10.0.0.1', localPort: 80, remote: '::ffff:10.0.0.2', remotePort: 9 }),
  );
  assert.deepEqual(mapped, plain);
  const six = decoded(
    inetMessage({ family: 10, state: 1, local: 'fe80::1', localPort: 80, remote: '2001:db8::5', remotePort: 9 }),
  );
  assert.ok(six);
  assert.deepEqual(
    [six.family, formatAddress(6, six.local), formatEndpoint(6, six.remote, 9)],
    [6, 'fe80::1', '[2001:db8::5]:9'],
  );
});

test('what TCP knows, from kernels that know more and less', () => {
  const info = tcpInfoBytes({
    rtt: 1500,
    bytesSent: 1000n,
    bytesRetransmitted: 100n,
    bytesReceived: 0x2_0000_0001n,
    bytesAcknowledged: 901n,
    minRtt: 900,
  });
  const whole = decoded(Buffer.concat([inetMessage({ family: 2, state: 1 }), attribute(2, info)]));
  assert.ok(whole?.hasInfo);
  assert.deepEqual(
    [whole.rtt, whole.sent, whole.retransmitted, whole.received, whole.minRtt],
    [1500, 900, 100, 0x2_0000_0001, 900],
  );
  // Linux 3.x ends behind the pacing rates, 4.9 knows nothing of what was sent
  const old = decoded(
    Buffer.concat([inetMessage({ family: 2, state: 1 }), attribute(2, info.subarray(0, tcpInfo.totalRetransmits + 4))]),
  );
  assert.deepEqual([old?.hasInfo, old?.rtt, old?.received, old?.sent], [true, 1500, 0, 0]);
  const older = decoded(Buffer.concat([inetMessage({ family: 2, state: 1 }), attribute(2, info.subarray(0, tcpInfo.bytesSent))]));
  assert.deepEqual([older?.received, older?.sent], [0x2_0000_0001, 901]);
});

test('drops, cgroup, congestion control, and attributes that nobody knows', () => {
  const memory = Buffer.alloc(36);
  memory.writeUInt32LE(131_072, 4);
  memory.writeUInt32LE(24, 32);
  const cgroup = Buffer.alloc(8);
  cgroup.writeBigUInt64LE(0x1_0000_0005n);
  const record = decoded(
    Buffer.concat([
      inetMessage({ family: 2, state: 10 }),
      attribute(99, Buffer.alloc(5)),
      attribute(7, memory),
      attribute(21, cgroup),
      attribute(4, Buffer.from('bbr\0')),
    ]),
  );
  assert.deepEqual([record?.drops, record?.memory[1], record?.cgroup, record?.congestion], [24, 131_072, 0x1_0000_0005, 'bbr']);
});

test('whatever is cut off or wrong, it neither fails nor goes on for ever', (t) => {
  const { below } = seeded(t);
  const whole = Buffer.concat([
    inetMessage({ family: 10, state: 1, local: '::1', remote: '::2' }),
    attribute(2, tcpInfoBytes({ rtt: 1 })),
    attribute(7, Buffer.alloc(36)),
  ]);
  for (let length = 0; length <= whole.length; length += 1)
    assert.equal(decoded(whole.subarray(0, length)) !== undefined, length >= inetMessageSize);
  for (let round = 0; round < 200_000; round += 1) {
    const noise = Buffer.from(Array.from({ length: below(400) }, () => below(256)));
    if (noise.length > inetMessageSize && round % 2 === 0) noise.set(whole.subarray(0, inetMessageSize));
    decoded(noise);
    const buffer = new ArrayBuffer((noise.length + 67) & ~3);
    new Uint8Array(buffer).set(noise);
    decodeUnix(received(buffer), 0, noise.length);
  }
});
