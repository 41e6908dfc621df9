// node send-frames.ts packet|tun NAME: sends each line of its standard input, which is hexadecimal, as a frame that leaves by an interface, or as a packet that comes in
// by a tunnel of that name, which it makes. It says "ready" when it does, and "sent" after each one.
import { openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { InterfaceTable } from '#shared/linux/interface-table.ts';
import { openLibc } from '#shared/linux/libc.ts';

const [kind, name = ''] = process.argv.slice(2);
const libc = openLibc();
const memory = libc.map(4096);
const bytes = Buffer.from(memory.buffer);

/** linux/if_tun.h: TUNSETIFF with IFF_TUN | IFF_NO_PI. */
function tunnel(): number {
  const fd = openSync('/dev/net/tun', 'r+');
  bytes.write(`${name}\0`);
  bytes.writeUInt16LE(0x1001, 16);
  if (libc.ioctl(fd, 0x400454can, memory.address) !== 0) throw new Error('no tunnel');
  return fd;
}

/** packet(7). */
function packetSocket(): number {
  const fd = libc.socket(17, 3, 0);
  bytes.writeUInt16LE(17, 0);
  bytes.writeUInt16BE(3, 2);
  bytes.writeInt32LE(new InterfaceTable(libc).indexOf(name) ?? 0, 4);
  if (libc.bind(fd, memory.address, 20) !== 0) throw new Error(`no packet socket at ${name}`);
  return fd;
}

const fd = kind === 'tun' ? tunnel() : packetSocket();
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  writeSync(fd, Buffer.from(line, 'hex'));
  console.log('sent');
}
