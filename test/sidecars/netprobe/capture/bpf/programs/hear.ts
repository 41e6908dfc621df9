// Hears packets by packet sockets with filters: hear.ts INTERFACE PROGRAM…, each program in hexadecimal, and 0 for all interfaces. Says
// "hearing" when nothing is missed any more; at each line that comes it says what was heard since the last: of each filter, the frames.
import { openLibc, SystemError } from '#shared/linux/libc.ts';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOL_SOCKET = 1;
const SO = { ATTACH_FILTER: 26, RCVBUFFORCE: 33 } as const;
const ETH_P_ALL = 3;

const [index = '0', ...programs] = process.argv.slice(2);
const libc = openLibc();
const memory = libc.map(1 << 20);
const bytes = new Uint8Array(memory.buffer);
const view = new DataView(memory.buffer);
const at = { option: 0, address: 64, program: 4096, frame: 65_536 } as const;
const addressOf = (offset: number) => memory.address + BigInt(offset);
const check = (call: string, result: number) => {
  if (result < 0) throw new SystemError(call, libc.errno());
  return result;
};

const sockets = programs.map((hex) => {
  const fd = check('socket', libc.socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0));
  const program = Buffer.from(hex, 'hex');
  bytes.set(program, at.program);
  // struct sock_fprog
  view.setUint16(at.option, program.length / 8, true);
  view.setBigUint64(at.option + 8, addressOf(at.program), true);
  check('setsockopt SO_ATTACH_FILTER', libc.setsockopt(fd, SOL_SOCKET, SO.ATTACH_FILTER, addressOf(at.option), 16));
  view.setInt32(at.option, 1 << 22, true);
  check('setsockopt SO_RCVBUFFORCE', libc.setsockopt(fd, SOL_SOCKET, SO.RCVBUFFORCE, addressOf(at.option), 4));
  return fd;
});
for (const fd of sockets) {
  // struct sockaddr_ll
  view.setUint16(at.address, AF_PACKET, true);
  view.setUint16(at.address + 2, ETH_P_ALL, false);
  view.setInt32(at.address + 4, Number(index), true);
  check('bind', libc.bind(fd, addressOf(at.address), 20));
}
console.log('hearing');

for await (const _line of process.stdin) {
  const heard = sockets.map((fd) => {
    const frames: string[] = [];
    for (;;) {
      const length = libc.recv(fd, addressOf(at.frame), 65_536, 0);
      if (length < 0) return frames;
      frames.push(Buffer.from(bytes.subarray(at.frame, at.frame + length)).toString('hex'));
    }
  });
  console.log(JSON.stringify(heard));
}
