import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd } from '#harness/at-end.ts';
import { NetworkNamespace } from '#harness/namespace.ts';
import { type Libc, openLibc } from '#shared/linux/libc.ts';
import { NETLINK } from '#shared/linux/netlink/message.ts';
import { NetlinkSocket } from '#shared/linux/netlink/socket.ts';
import { RouteChanges } from '../../../../sidecars/netprobe/route/changes.ts';
import { RouteTables } from '../../../../sidecars/netprobe/route/route-tables.ts';

const main = fileURLToPath(new URL('../../../../sidecars/netprobe/main.ts', import.meta.url));

/** The number of setns(2). */
const setns = process.arch === 'arm64' ? 268n : 308n;

/** A network namespace that is looked into from here. */
export class Namespace extends NetworkNamespace {
  readonly libc: Libc = openLibc();

  constructor(t: TestContext) {
    super(t, { up: false });
  }

  /** What ip(8) tells as JSON; it writes nothing at all where there is nothing. */
  json(...args: readonly string[]): Record<string, unknown>[] {
    return JSON.parse(this.ip('-j', ...args) || '[]');
  }

  /** Sends a datagram from it to a port where nobody listens. */
  send(address: string, bytes = 1): void {
    this.run('bash', '-c', `head -c ${bytes} /dev/zero > /dev/udp/${address}/9`);
  }

  /** Asks the network probe in it: `probe('ip', 'addr')`. */
  probe(...args: readonly string[]): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
    const command = ['netns', 'exec', this.name, process.execPath, main, ...args];
    const { status, stdout, stderr } = spawnSync('ip', command, { encoding: 'utf8', env: { PATH: process.env.PATH } });
    return { code: status, stdout, stderr };
  }

  /** Does something in it, with this very thread: a socket that is opened there stays there. */
  within<T>(work: () => T): T {
    const home = openSync('/proc/thread-self/ns/net', 'r');
    const there = openSync(`/run/netns/${this.name}`, 'r');
    try {
      assert.equal(this.libc.syscall(setns, there, 0n, 0, 0), 0);
      return work();
    } finally {
      assert.equal(this.libc.syscall(setns, home, 0n, 0, 0), 0);
      closeSync(home);
      closeSync(there);
    }
  }

  /** What is read in it. */
  tables(): RouteTables {
    const socket = this.within(() => new NetlinkSocket(this.libc, NETLINK.ROUTE));
    atEnd(this.t, () => socket.close());
    return new RouteTables(socket);
  }

  /** What changes in it from now on. */
  changes(): RouteChanges {
    const changes = this.within(() => new RouteChanges(this.libc));
    atEnd(this.t, () => changes.close());
    return changes;
  }
}
