import { SocketRecord, TCP } from '../../../../sidecars/netprobe/sockets/record.ts';

/** What a test tells of a socket. Addresses are those of IPv4. */
export type Told = Partial<Omit<SocketRecord, 'local' | 'remote' | 'memory'>> & {
  readonly cookie: number;
  readonly peer?: string;
};

/** A connection as a reading finds it: established, with numbers of TCP's, unless something else is told. */
export function socket({ cookie, peer = '10.0.0.9', ...rest }: Told): SocketRecord {
  const record = new SocketRecord();
  Object.assign(record, {
    state: TCP.ESTABLISHED,
    hasInfo: true,
    cookieLow: cookie,
    localPort: 40_000 + cookie,
    remotePort: 6379,
    ...rest,
  });
  record.remote.set(new Uint32Array(Uint8Array.from(peer.split('.').map(Number)).buffer));
  return record;
}
