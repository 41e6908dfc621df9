import type { Libc } from '#shared/linux/libc.ts';
import { Dump } from '#shared/linux/netlink/dump.ts';
import { NETLINK, type Received } from '#shared/linux/netlink/message.ts';
import { NetlinkSocket } from '#shared/linux/netlink/socket.ts';
import { askTcp, connectedStates, extension, listeningState } from './ask.ts';
import { decodeInet } from './decode.ts';
import { SocketRecord } from './record.ts';
import type { Pieces, SocketSource, VisitSocket } from './source.ts';

/** Asks the kernel by sock_diag(7), which tells all. */
export class NetlinkSource implements SocketSource {
  readonly name = 'netlink';
  readonly missing: readonly string[] = [];
  readonly #libc: Libc;
  /** A dump that goes on occupies its socket: listeners have one of their own. */
  readonly #forListeners: NetlinkSocket;
  #forConnections: NetlinkSocket;
  readonly #record = new SocketRecord();

  /** @throws SystemError where netlink is refused */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.#forListeners = new NetlinkSocket(libc, NETLINK.SOCK_DIAG);
    this.#forConnections = new NetlinkSocket(libc, NETLINK.SOCK_DIAG);
  }

  listeners(visit: VisitSocket): void {
    const dump = new Dump(this.#forListeners, askTcp(listeningState, extension.memory));
    while (dump.next(this.#visitor(visit)));
  }

  /** @param extensions what is told beside the least, see {@link extension} */
  connections(extensions: number = extension.info): Pieces {
    // what an abandoned reading left would answer this one
    this.#forConnections.close();
    this.#forConnections = new NetlinkSocket(this.#libc, NETLINK.SOCK_DIAG);
    const dump = new Dump(this.#forConnections, askTcp(connectedStates, extensions));
    return { next: (visit) => dump.next(this.#visitor(visit)) };
  }

  close(): void {
    this.#forListeners.close();
    this.#forConnections.close();
  }

  #visitor(visit: VisitSocket) {
    const record = this.#record;
    return (received: Received, from: number, end: number) => {
      if (decodeInet(received, from, end, record)) visit(record);
    };
  }
}
