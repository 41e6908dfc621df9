import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { NetworkNamespace, said } from '#harness/namespace.ts';
import { needs } from '#harness/needs.ts';
import { runSidecar } from '#harness/process.ts';
import { tsharkFields } from './decode/tshark.ts';
import { type FilePacket, readPcapng } from './ring/pcapng-file.ts';

const ways = { all: [], mask: ['--mask'], headers: ['--headers-only'] } as const;

type Way = keyof typeof ways;

/** What is of the exchange, and not of links that come up. */
const exchange = 'host 10.9.0.2 or host fd09::2';

/** The same exchange of TCP, HTTP, UDP, DNS, ICMP and ARP over IPv4 and IPv6, captured three times at once, in each way. */
async function captureExchange(t: TestContext): Promise<{ folder: string; packets: Record<Way, readonly FilePacket[]> }> {
  const folder = temporaryFolder(t);
  const [far, near] = [new NetworkNamespace(t), new NetworkNamespace(t)];
  far.connect('eth0', near, 'eth0');
  far.ip('address', 'add', '10.9.0.1/24', 'dev', 'eth0');
  near.ip('address', 'add', '10.9.0.2/24', 'dev', 'eth0');
  far.ip('address', 'add', 'fd09::1/64', 'dev', 'eth0', 'nodad');
  near.ip('address', 'add', 'fd09::2/64', 'dev', 'eth0', 'nodad');
  far.run('sh', '-c', 'echo "0 2147483647" >/proc/sys/net/ipv4/ping_group_range');
  await said(near.program(new URL('programs/answer.ts', import.meta.url)), 'answering');
  const captures = Object.entries(ways).map(([way, flags]) =>
    near.sidecar('netprobe', {}, ['capture', '-i', 'eth0', `--write=${join(folder, way)}`, ...flags, exchange]),
  );
  for (const capture of captures) await capture.says('capturing');
  const asks = far.program(new URL('programs/ask.ts', import.meta.url));
  await said(asks, 'asked');
  await asks.ended;
  // nothing more comes that only some of them would hear
  far.ip('link', 'set', 'eth0', 'down');
  for (const capture of captures) {
    const { code, stderr } = await capture.stop();
    assert.equal(code, 0, stderr);
  }
  const read = (way: Way) => inOrder(readPcapng(join(folder, way)).packets);
  return { folder, packets: { all: read('all'), mask: read('mask'), headers: read('headers') } };
}

/** Each capture hears two processors in an order of its own, and tells the time by itself; their headers are the same. */
function inOrder(packets: readonly FilePacket[]): readonly FilePacket[] {
  return packets.toSorted((one, other) => Buffer.compare(one.bytes, other.bytes));
}

/** What people said in the exchange. */
const secrets = ['aaaaaaaa', 'UUUUUUUU', 'GET /', 'hello', 'redis', 'text/plain'];

function bytesOf(packets: readonly FilePacket[]): Buffer {
  return Buffer.concat(packets.map(({ bytes }) => bytes));
}

/** What of a frame is headers, by what tshark tells of it, in bytes. */
function headersBy(
  told: Record<'tcp.len' | 'udp.length' | 'data.len' | 'icmp.type' | 'icmpv6.type', string[]>,
  length: number,
): number {
  const [tcp, udp] = [told['tcp.len'], told['udp.length']];
  const isError = told['icmp.type'][0] === '3' || told['icmpv6.type'][0] === '1';
  // the packet that an error is about has headers of its own
  if (tcp[0] !== undefined && !isError) return length - Number(tcp[0]);
  if (udp.length > 0) return length - (Number(udp.at(-1)) - 8);
  const isEcho = ['0', '8'].includes(told['icmp.type'][0] ?? '') || ['128', '129'].includes(told['icmpv6.type'][0] ?? '');
  return isEcho ? length - Number(told['data.len'][0] ?? 0) : length;
}

describe('privacy of captures', needs('linux', 'root', 'tshark'), () => {
  test('what people said is in no file that is to be without, and each header is', async (t) => {
    const { folder, packets } = await captureExchange(t);
    const { all, mask, headers } = packets;
    assert.ok(all.length > 100, `${all.length} packets`);
    assert.deepEqual([mask.length, headers.length], [all.length, all.length]);
    for (const secret of secrets) {
      assert.ok(bytesOf(all).includes(secret), `${secret} was said`);
      assert.ok(!bytesOf(mask).includes(secret), `${secret} is masked`);
      assert.ok(!bytesOf(headers).includes(secret), `${secret} is left out`);
    }
    const told = tsharkFields(
      t,
      all.map(({ bytes }) => bytes),
      ['tcp.len', 'udp.length', 'data.len', 'icmp.type', 'icmpv6.type'],
    );
    for (const [index, { length, bytes }] of all.entries()) {
      const [masked, short] = [mask[index] as FilePacket, headers[index] as FilePacket];
      const words = `packet ${index}: ${bytes.toString('hex')}`;
      assert.deepEqual([masked.length, short.length], [length, length], words);
      assert.equal(short.bytes.length, headersBy(told[index] as (typeof told)[number], bytes.length), words);
      assert.deepEqual(short.bytes, bytes.subarray(0, short.bytes.length), words);
      assert.deepEqual(masked.bytes, Buffer.concat([short.bytes, Buffer.alloc(bytes.length - short.bytes.length)]), words);
    }

    // and the same of the file in which all is
    for (const way of ['mask', 'headers'] as const) {
      const path = join(folder, `again-${way}`);
      const flags = ['-r', join(folder, 'all'), `--write=${path}`, ...ways[way]];
      const { code, stderr } = await runSidecar(t, 'netprobe', {}, ['capture', ...flags]);
      assert.equal(code, 0, stderr);
      const bytes = inOrder(readPcapng(path).packets).map((packet) => packet.bytes);
      assert.deepEqual(
        bytes,
        packets[way].map((packet) => packet.bytes),
      );
    }
    for (const flags of [
      ['-A', '-v', ...ways.mask],
      ['-X', ...ways.headers],
    ]) {
      const { stdout } = await runSidecar(t, 'netprobe', {}, ['capture', '-r', join(folder, 'all'), ...flags]);
      assert.ok(stdout.length > 1000);
      for (const secret of secrets) assert.ok(!stdout.includes(secret), `${secret} is not shown by ${flags}`);
    }
  });
});
