import { subscribe } from 'node:diagnostics_channel';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { type AddressInfo, type Socket, SocketAddress } from 'node:net';
import { codeOf } from '#shared/exit.ts';
import { formatAddress } from '../sockets/address.ts';
import type { SocketRecord } from '../sockets/record.ts';

/** For how long a connection of our own is remembered, in ms: longer than a check takes, and what lingers behind it. */
const remembered = 180_000;

/** A connection that we made. */
interface Made {
  readonly when: number;
  readonly address: string;
  /** Its cookie, once it was met: who has the same ports after it is somebody else. */
  cookie?: readonly [low: number, high: number];
}

/** Tells the sockets of the probe itself, which are not what is to be measured. */
export class OwnSockets {
  readonly #port: number | undefined;
  readonly #cgroup: number | undefined;
  #inodes: ReadonlySet<number> = new Set();
  /** By both ports. What is closed has no inode any more, and the cgroup is not always told: there is none of version 2, or we are not alone in it. */
  readonly #made = new Map<number, Made>();

  /** @param port where the admin server listens, if it does */
  constructor(port: number | undefined) {
    this.#port = port;
    this.#cgroup = ownCgroup();
    subscribe('net.client.socket', (message) => this.#follow((message as { readonly socket: Socket }).socket));
  }

  /** Looks anew which sockets are open: before a reading. */
  refresh(): void {
    this.#inodes = ownInodes();
    const old = performance.now() - remembered;
    for (const [ports, { when }] of this.#made) if (when < old) this.#made.delete(ports);
  }

  /** Remembers each connection that a socket of ours attempts: the system has given it a port when the attempt has begun. */
  #follow(socket: Socket): void {
    socket.on('connectionAttempt', (address: string, remotePort: number, version: 4 | 6) =>
      queueMicrotask(() => {
        const { port } = socket.address() as Partial<AddressInfo>;
        if (!port) return;
        const remote = new SocketAddress({ address: address.replace(/%.*/, ''), family: version === 6 ? 'ipv6' : 'ipv4' });
        this.#made.set(port * 65_536 + remotePort, { when: performance.now(), address: remote.address });
      }),
    );
  }

  #isMade({ family, localPort, remotePort, remote, cookieLow, cookieHigh }: SocketRecord): boolean {
    const made = this.#made.get(localPort * 65_536 + remotePort);
    if (made === undefined || made.address !== formatAddress(family, remote)) return false;
    made.cookie ??= [cookieLow, cookieHigh];
    return made.cookie[0] === cookieLow && made.cookie[1] === cookieHigh;
  }

  /** Whether a socket is the probe's. */
  readonly has = (record: SocketRecord): boolean => {
    const { inode, localPort, remotePort, remote, family, cgroup } = record;
    return (
      localPort === this.#port ||
      // who asks for our health is another process, and as much our own
      (remotePort === this.#port && isLoopback(family, remote)) ||
      (inode !== 0 && this.#inodes.has(inode)) ||
      (cgroup !== 0 && cgroup === this.#cgroup) ||
      (this.#made.size > 0 && this.#isMade(record))
    );
  };
}

/** 127.0.0.0/8, or ::1. */
function isLoopback(family: 4 | 6, words: Uint32Array): boolean {
  const first = words[0] ?? 0;
  return family === 4 ? (first & 0xff) === 127 : first === 0 && words[1] === 0 && words[2] === 0 && words[3] === 0x0100_0000;
}

/** The inodes of the sockets that this process has open. */
function ownInodes(): ReadonlySet<number> {
  const inodes = new Set<number>();
  for (const fd of readdirSync('/proc/self/fd')) {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(targetOf(fd)) ?? [];
    if (inode !== undefined) inodes.add(Number(inode));
  }
  return inodes;
}

function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch (error) {
    // that of the folder itself is closed by now
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

/** The id of our cgroup, where we are alone in it, as in a container: a socket that is closed by now is told by it. Undefined where not. */
function ownCgroup(): number | undefined {
  try {
    const [, path] = /^0::(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8')) ?? [];
    if (path === undefined) return undefined;
    const folder = `/sys/fs/cgroup${path}`;
    const processes = readFileSync(`${folder}/cgroup.procs`, 'utf8').trim().split('\n');
    return processes.length === 1 && Number(processes[0]) === process.pid ? statSync(folder).ino : undefined;
  } catch {
    // cgroups are of version 1, or not mounted: the inodes tell most
    return undefined;
  }
}
