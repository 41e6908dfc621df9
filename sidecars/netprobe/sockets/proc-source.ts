import { TcpTable } from '../proc/socket-tables.ts';
import { TCP } from './record.ts';
import type { Pieces, SocketSource, VisitSocket } from './source.ts';

/** Reads /proc/self/net/tcp and tcp6, where netlink is refused. It tells less, and costs more. */
export class ProcSource implements SocketSource {
  readonly name = 'proc';
  readonly missing = [
    'bytes, retransmits and round trip times of connections',
    'limits and drops of listeners',
    'connections that begin and end between two readings',
    'attempts to connect that failed',
    'neighbours, and how often interfaces, addresses and routes changed',
  ];

  listeners(visit: VisitSocket): void {
    const table = new TcpTable();
    table.all((record) => {
      if (record.state === TCP.LISTEN) visit(record);
    });
    fail(table);
  }

  connections(): Pieces {
    const table = new TcpTable();
    return {
      next: (visit) => {
        const more = table.next((record) => {
          if (record.state !== TCP.LISTEN) visit(record);
        });
        if (!more) fail(table);
        return more;
      },
    };
  }

  close(): void {}
}

/** @throws Error where neither table can be read; without IPv6 there is one */
function fail({ unread }: TcpTable): void {
  const [first, second] = unread;
  if (first !== undefined && second !== undefined) throw new Error(`${first.path}: ${first.reason}`);
}
