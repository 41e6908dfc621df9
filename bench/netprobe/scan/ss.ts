import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** What is told of the connections with one address. */
export interface SsPeer {
  connections: number;
  sent: number;
  received: number;
  /** Segments that were sent again. */
  retransmits: number;
  /** The sum of round trip times, in milliseconds. */
  rtt: number;
}

const columns = /^(\S+)\s+(\d+)\s+(\d+)\s+(\S+):(\d+)\s+(\S+):(\d+)\s/;

/** What ss(8) tells of connections, one a line (-i and -O), by the address of the other side. */
export function peersOf(output: string): Map<string, SsPeer> {
  const peers = new Map<string, SsPeer>();
  for (const line of output.split('\n')) {
    const [, , , , , , address] = columns.exec(line) ?? [];
    if (address === undefined) continue;
    let peer = peers.get(address);
    if (peer === undefined) {
      peer = { connections: 0, sent: 0, received: 0, retransmits: 0, rtt: 0 };
      peers.set(address, peer);
    }
    peer.connections += 1;
    peer.sent += Number(/ bytes_sent:(\d+)/.exec(line)?.[1] ?? 0);
    peer.received += Number(/ bytes_received:(\d+)/.exec(line)?.[1] ?? 0);
    peer.retransmits += Number(/ retrans:\d+\/(\d+)/.exec(line)?.[1] ?? 0);
    peer.rtt += Number(/ rtt:([\d.]+)/.exec(line)?.[1] ?? 0);
  }
  return peers;
}

/** Runs ss and reads it. @returns how many connections there are. @throws Error where it fails */
export async function spawnAndParse(): Promise<number> {
  const child = spawn('ss', ['-tinOH'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  // ASCII: that is cheaper than UTF-8
  child.stdout.setEncoding('latin1');
  const output = await text(child.stdout);
  await demandSuccess(ended);
  return peersOf(output)
    .values()
    .reduce((sum, { connections }) => sum + connections, 0);
}

/** Runs ss for nothing, to /dev/null. @throws Error where it fails */
export async function spawnAlone(): Promise<number> {
  await demandSuccess(once(spawn('ss', ['-tinH'], { stdio: ['ignore', 'ignore', 'inherit'] }), 'close'));
  return Number.NaN;
}

async function demandSuccess(ended: Promise<unknown[]>): Promise<void> {
  const [code] = await ended;
  if (code !== 0) throw new Error(`ss ended with ${code}`);
}
