// Sends frames at an interface by a packet socket: send-frames.ts INTERFACE FRAME…, each frame in hexadecimal.
import { openLibc, SystemError } from '#shared/linux/libc.ts';

const AF_PACKET = 17;
const SOCK_RAW = 3;

const [index = '0', ...frames] = process.argv.slice(2);
const libc = openLibc();
const { address, buffer } = libc.map(1 << 17);
const view = new DataView(buffer);
const check = (call: string, result: number) => {
  if (result < 0) throw new SystemError(call, libc.errno());
  return result;
};

const fd = check('socket', libc.socket(AF_PACKET, SOCK_RAW, 0));
// struct sockaddr_ll
view.setUint16(0, AF_PACKET, true);
view.setInt32(4, Number(index), true);
check('bind', libc.bind(fd, address, 20));
for (const frame of frames) {
  const bytes = Buffer.from(frame, 'hex');
  new Uint8Array(buffer).set(bytes);
  check('send', libc.send(fd, address, bytes.length, 0));
}
