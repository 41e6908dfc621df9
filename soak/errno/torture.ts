import { parentPort, workerData } from 'node:worker_threads';
import { type Libc, openLibc } from '#shared/linux/libc.ts';
import { Ledger } from '../../sidecars/ambassador/dispatch/ledger.ts';
import { Connections, KIND } from '../../sidecars/ambassador/engines/splice/connections.ts';
import { Pipes } from '../../sidecars/ambassador/engines/splice/pipes.ts';
import { Pump } from '../../sidecars/ambassador/engines/splice/pump.ts';
import { Slots } from '../../sidecars/ambassador/engines/splice/slots.ts';

/** How it went up to now. */
export interface Tally {
  /** System calls that failed. */
  readonly calls: number;
  /** How often errno was another one's when it was read. */
  readonly foreign: number;
  /** How often the pump took that for a reset. */
  readonly resets: number;
}

const AF_UNIX = 1;
const STREAM = 1 | 0x800;

/** Runs the pump on a connection on which nothing comes, so that each of its calls fails with EAGAIN, and makes garbage before it can see why. */
function torture(calls: number, report: (tally: Tally) => void): void {
  const tally = { calls: 0, foreign: 0, resets: 0 };
  const libc = tortured(openLibc(), tally);
  const connections = new Connections();
  const end = {
    done: () => {},
    reset: () => {
      tally.resets += 1;
    },
  };
  const pump = new Pump(libc, connections, new Ledger(), new Slots(libc), new Pipes(libc, 1), end);
  const memory = libc.map(4096);
  const pair = () => {
    if (libc.socketpair(AF_UNIX, STREAM, 0, memory.address) !== 0) throw new Error('no socket pair');
    return [...new Int32Array(memory.buffer, 0, 2)] as [number, number];
  };
  const [client] = pair();
  const [backend] = pair();
  for (const [fd, peer] of [
    [client, backend],
    [backend, client],
  ] as const) {
    connections.make(fd, KIND.joined, peer, fd === client);
    connections.writable[fd] = 1;
  }
  for (let next = 0; tally.calls < calls; ) {
    for (let round = 0; round < 1000; round += 1) {
      connections.readable[client] = 1;
      // every other time by splice, of which the read behind it is a second call
      connections.streak[client] = round % 2 === 0 ? 0 : 3;
      pump.carry(client);
    }
    if (tally.calls < next) continue;
    next = tally.calls + calls / 100;
    report({ ...tally });
  }
  report({ ...tally });
}

/** The C library, where garbage is made and collected between each failure and the look at its errno. */
function tortured(libc: Libc, tally: { calls: number; foreign: number }): Libc {
  let garbage: unknown[] = [];
  const failed = (result: number) => {
    if (result >= 0) return result;
    tally.calls += 1;
    const own = libc.errno();
    garbage.push({ text: `${tally.calls}`, list: [tally.calls, own] });
    if (garbage.length > 5000) garbage = [new Uint8Array(1_000_000)];
    if (libc.errno() !== own) tally.foreign += 1;
    return result;
  };
  return {
    ...libc,
    read: Object.assign((...args: Parameters<Libc['read']>) => failed(libc.read(...args)), { pointer: libc.read.pointer }),
    splice: Object.assign((...args: Parameters<Libc['splice']>) => failed(libc.splice(...args)), {
      pointer: libc.splice.pointer,
    }),
  };
}

if (parentPort !== null) {
  const port = parentPort;
  torture(workerData.calls, (tally) => port.postMessage(tally));
}
