// Makes a tun interface and keeps it until its input ends: tun.ts NAME. Each line of the input is a packet in hexadecimal that comes in there.
import { openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openLibc, SystemError } from '#shared/linux/libc.ts';

const TUNSETIFF = 0x40_04_54_ca;
const IFF = { TUN: 1, NO_PI: 0x1000 } as const;

const libc = openLibc();
const { address, buffer } = libc.map(4096);
// struct ifreq
new Uint8Array(buffer).set(Buffer.from(process.argv[2] ?? ''));
new DataView(buffer).setUint16(16, IFF.TUN | IFF.NO_PI, true);
const fd = openSync('/dev/net/tun', 'r+');
if (libc.ioctl(fd, BigInt(TUNSETIFF), address) < 0) throw new SystemError('ioctl TUNSETIFF', libc.errno());
console.log('made');
for await (const line of createInterface({ input: process.stdin })) {
  writeSync(fd, Buffer.from(line, 'hex'));
  console.log('written');
}
